package pkgdb

import (
	"iter"
	"strings"
)

// paragraphs yields the paragraphs of a control file, which empty lines part.
// Lines of blanks alone count as empty (Debian policy 5.1).
func paragraphs(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			text = strings.TrimLeft(text, "\n")
			end := strings.Index(text, "\n\n")
			if end < 0 {
				end = len(text)
			}
			if end > 0 && !yield(text[:end]) {
				return
			}
			text = text[end:]
		}
	}
}

// fields yields the fields of a paragraph: name and value, in which the lines
// that continue it stand as they are.
func fields(paragraph string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for paragraph != "" {
			field := paragraph
			paragraph = ""
			for at := 0; ; {
				i := strings.IndexByte(field[at:], '\n')
				if i < 0 {
					break
				}
				at += i + 1
				if at == len(field) || field[at] != ' ' && field[at] != '\t' {
					field, paragraph = field[:at-1], field[at:]
					break
				}
			}
			name, value, ok := strings.Cut(field, ":")
			if ok && !yield(name, strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// relations yields the names in a list such as Provides, without versions and
// architecture qualifiers.
func relations(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(list, ",") {
			part = strings.TrimSpace(part)
			if i := strings.IndexAny(part, " \t\n(:"); i >= 0 {
				part = part[:i]
			}
			if part != "" && !yield(part) {
				return
			}
		}
	}
}
