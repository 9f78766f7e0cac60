package shebang

import "strings"

// splitString splits the argument of env -S: at blanks, with quotes, backslash
// escapes and "#" comments (the manual of GNU env).
func splitString(s string) []string {
	var p splitter
	for i := 0; i < len(s) && !p.ended; i++ {
		if p.escapes(s[i:]) {
			i++
			p.escaped(s[i])
			continue
		}
		p.plain(s[i])
	}
	p.end()
	return p.args
}

// splitter is the state of splitString.
type splitter struct {
	args  []string
	word  strings.Builder
	in    bool // inside a word, which may be empty so far
	quote byte // the quote that is open, or 0
	ended bool // what follows does not count
}

// end ends a word.
func (p *splitter) end() {
	if p.in {
		p.args = append(p.args, p.word.String())
	}
	p.word.Reset()
	p.in = false
}

// add adds a character to the word.
func (p *splitter) add(c byte) {
	p.word.WriteByte(c)
	p.in = true
}

// escapes reports whether rest begins with a backslash and what it escapes.
// Between single quotes it escapes only itself and the quote.
func (p *splitter) escapes(rest string) bool {
	return rest[0] == '\\' && len(rest) > 1 && (p.quote != '\'' || rest[1] == '\\' || rest[1] == '\'')
}

// escaped takes the character behind a backslash.
func (p *splitter) escaped(c byte) {
	switch {
	case c == '_' && p.quote == 0:
		p.end()
	case c == 'c':
		p.end()
		p.ended = true
	default:
		p.add(unescape(c))
	}
}

// plain takes a character without a backslash.
func (p *splitter) plain(c byte) {
	switch {
	case p.quote != 0 && c == p.quote:
		p.quote = 0
	case p.quote != 0:
		p.add(c)
	case c == '"' || c == '\'':
		p.quote, p.in = c, true
	case strings.IndexByte(" \t\n\v\f\r", c) >= 0:
		p.end()
	case c == '#' && !p.in:
		p.ended = true
	default:
		p.add(c)
	}
}

func unescape(c byte) byte {
	if i := strings.IndexByte("fnrtv_", c); i >= 0 {
		return "\f\n\r\t\v "[i]
	}
	return c
}
