package pkgdb

import (
	"iter"
	"strings"
)

// needs implements backend. An expression such as "(a >= 1 or b)" yields the names before
// its condition: rpm, docs/manual/boolean_dependencies.md.
func (db *rpmDB) needs(p *record) iter.Seq[need] {
	return func(yield func(need) bool) {
		for _, name := range p.depends {
			if !strings.HasPrefix(name, "(") {
				if !yield(need{name: name}) {
					return
				}
				continue
			}
			for name := range operands(name) {
				if !yield(need{name: name}) {
					return
				}
			}
		}
	}
}

// operands yields the names in a boolean dependency up to its first condition.
func operands(expression string) iter.Seq[string] {
	return func(yield func(string) bool) {
		version := false // the next word is one
		for word := range strings.FieldsSeq(expression) {
			switch word = strings.TrimLeft(word, "("); word {
			case "if", "unless":
				return
			case "<", "<=", "=", ">=", ">":
				version = true
				continue
			case "and", "or", "with", "without":
				continue
			}
			if !version && !yield(withoutClosing(word)) {
				return
			}
			version = false
		}
	}
}

// withoutClosing removes the parentheses at the end of word that have no beginning in it.
func withoutClosing(word string) string {
	for strings.HasSuffix(word, ")") && strings.Count(word, ")") > strings.Count(word, "(") {
		word = word[:len(word)-1]
	}
	return word
}
