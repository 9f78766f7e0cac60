package shellscript

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// variables are the words that a script assigns to its variables.
type variables map[string]*variable

// variable is a variable of a script.
type variable struct {
	words   []*syntax.Word // what it is assigned; nil is the empty string
	loop    bool           // the words are those of a for loop, and the variable has each in turn
	unknown bool           // it is assigned something else, too
	busy    bool           // its values are being found

	found  bool // the values were found
	values []string
	ok     bool // the values are known
}

// of returns the variable called name.
func (v variables) of(name string) *variable {
	if v[name] == nil {
		v[name] = &variable{}
	}
	return v[name]
}

// collect adds the assignments below node.
func (v variables) collect(node syntax.Node) {
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			v.assign(n)
		case *syntax.WordIter:
			v.loop(n)
		case *syntax.ParamExp:
			v.assignDefault(n)
		case *syntax.CallExpr:
			v.reads(n)
		}
		return true
	})
}

// assign adds an assignment.
func (v variables) assign(a *syntax.Assign) {
	if a.Name == nil || a.Naked {
		return
	}
	to := v.of(a.Name.Value)
	if a.Append || a.Index != nil || a.Array != nil || to.loop {
		to.unknown = true
		return
	}
	to.words = append(to.words, a.Value)
}

// assignDefault adds the assignment of ${NAME=WORD}, unless there is another one.
func (v variables) assignDefault(p *syntax.ParamExp) {
	if p.Param == nil || p.Exp == nil || !syntax.ValidName(p.Param.Value) ||
		p.Exp.Op != syntax.AssignUnset && p.Exp.Op != syntax.AssignUnsetOrNull {
		return
	}
	if to := v.of(p.Param.Value); len(to.words) == 0 {
		to.words = append(to.words, p.Exp.Word)
	}
}

// loop adds the variable of a for loop.
func (v variables) loop(n *syntax.WordIter) {
	to := v.of(n.Name.Value)
	to.unknown = to.unknown || len(to.words) > 0 || len(n.Items) == 0 || len(n.Items) > maxValues
	to.words, to.loop = n.Items, true
}

// reads marks the variables that a command sets as unknown. It is generous: every word
// after the name of such a command counts.
func (v variables) reads(call *syntax.CallExpr) {
	if len(call.Args) == 0 || !slices.Contains([]string{"read", "getopts", "printf"}, call.Args[0].Lit()) {
		return
	}
	for _, w := range call.Args[1:] {
		if name := w.Lit(); syntax.ValidName(name) {
			v.of(name).unknown = true
		}
	}
}

// get returns the possible values of a variable; ok is false if they are unknown. A
// variable that is never assigned may come from the environment, and a loop variable has
// the values of all rounds.
func (v variables) get(name string) (values []string, ok bool) {
	at := v[name]
	if at == nil || at.unknown || at.busy {
		return nil, false
	}
	if !at.found {
		at.busy = true
		at.values, at.ok = v.union(at.words)
		at.ok = at.ok && (len(at.values) == 1 || at.loop)
		at.busy, at.found = false, true
	}
	return at.values, at.ok
}

// union returns the values of all words; ok is false if some are unknown.
func (v variables) union(words []*syntax.Word) (values []string, ok bool) {
	for _, w := range words {
		list, ok := v.word(w)
		if !ok {
			return nil, false
		}
		for _, value := range list {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		if len(values) > maxValues {
			return nil, false
		}
	}
	return values, len(values) > 0
}

// word returns the possible values of a word; ok is false if they are unknown.
func (v variables) word(w *syntax.Word) (values []string, ok bool) {
	if w == nil {
		return []string{""}, true
	}
	return v.parts(w.Parts, false)
}

// parts returns the possible values of adjacent parts of a word.
func (v variables) parts(parts []syntax.WordPart, quoted bool) (values []string, ok bool) {
	values = []string{""}
	for _, part := range parts {
		var next []string
		switch p := part.(type) {
		case *syntax.Lit:
			next, ok = []string{unescape(p.Value, quoted)}, true
		case *syntax.SglQuoted:
			next, ok = []string{p.Value}, !p.Dollar
		case *syntax.DblQuoted:
			next, ok = v.parts(p.Parts, true)
		case *syntax.ParamExp:
			next, ok = v.expansion(p)
		default:
			return nil, false
		}
		if values = join(values, next); !ok || len(values) == 0 {
			return nil, false
		}
	}
	return values, true
}

// join returns each of a followed by each of b, nil if they are too many or too long.
func join(a, b []string) (out []string) {
	if len(a)*len(b) > maxValues {
		return nil
	}
	for _, head := range a {
		for _, tail := range b {
			if len(head)+len(tail) > maxText/maxValues {
				return nil
			}
			out = append(out, head+tail)
		}
	}
	return out
}

// expansion returns the possible values of $NAME, and of ${NAME:-WORD} and its like.
func (v variables) expansion(p *syntax.ParamExp) (values []string, ok bool) {
	if p.Param == nil || p.Excl || p.Length || p.Width || p.Index != nil || p.Slice != nil || p.Repl != nil ||
		p.Names != 0 || !syntax.ValidName(p.Param.Value) && p.Param.Value != "0" {
		return nil, false
	}
	values, ok = v.get(p.Param.Value)
	if p.Exp == nil {
		return values, ok
	}
	switch p.Exp.Op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		at := v[p.Param.Value]
		if at == nil || at.busy || ok && values[0] == "" {
			return v.word(p.Exp.Word) // the usual environment does not set it
		}
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
	default:
		return nil, false
	}
	return values, ok
}

// unescape returns the value of a literal with backslashes.
func unescape(s string, quoted bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quoted || strings.IndexByte("$`\"\\\n", s[i+1]) >= 0) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// onlyParameter returns the expansion that is all of a word, quoted or not, as $1 and
// "${1}"; nil if the word is another one.
func onlyParameter(w *syntax.Word) *syntax.ParamExp {
	parts := w.Parts
	if q, ok := parts[0].(*syntax.DblQuoted); ok {
		parts = q.Parts
	}
	if len(parts) != 1 {
		return nil
	}
	p, ok := parts[0].(*syntax.ParamExp)
	if !ok || p.Param == nil {
		return nil
	}
	return p
}
