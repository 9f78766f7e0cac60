package conffile

import (
	"iter"
	"strings"
)

// statement is one setting of a configuration file of any format:
//
//	listen 80 default_server;    nginx
//	port = 5432                  postgres, MySQL
//	"port": 9090,                JSON
//	-l 127.0.0.1                 memcached
//	<user>messagebus</user>      dbus
//
// Its name ends before the first blank, "=" or ":".
type statement struct {
	text   string   // the whole statement, without comments and separators
	name   string   // the name, without quotes
	words  []string // the other words, without quotes
	line   int      // from 1
	client bool     // it is in a section for clients, which are other programs
}

// statementReader splits the lines of one file into statements.
type statementReader struct {
	line    int // the number of the last line
	client  bool
	comment bool // a comment of XML has begun
}

// next returns the statements of the next line. A line may have several: nginx separates
// them by ";" and braces, JSON by ",".
func (r *statementReader) next(line string) iter.Seq[statement] {
	r.line++
	line = r.cutXML(strings.TrimPrefix(line, "\uFEFF"))
	line = cutComment(strings.TrimSpace(line))
	if name, ok := sectionName(line); ok {
		r.client = strings.HasPrefix(name, "client")
		line = ""
	}
	return func(yield func(statement) bool) {
		for part := range strings.FieldsFuncSeq(line, isSeparator) {
			s, ok := parseStatement(strings.TrimSpace(part))
			s.line, s.client = r.line, r.client
			if ok && !yield(s) {
				return
			}
		}
	}
}

// cutXML returns a line without comments of XML, which may have several lines. A line of
// XML begins with "<"; elsewhere, as in "SSIStartTag <!--" of Apache, "<!--" has no meaning.
func (r *statementReader) cutXML(line string) string {
	if !r.comment && !strings.HasPrefix(strings.TrimSpace(line), "<") {
		return line
	}
	rest := ""
	for {
		if r.comment {
			var closed bool
			if _, line, closed = strings.Cut(line, "-->"); !closed {
				return rest
			}
			r.comment = false
		}
		before, after, opened := strings.Cut(line, "<!--")
		if !opened {
			return rest + line
		}
		rest, line, r.comment = rest+before, after, true
	}
}

// isSeparator reports whether c separates statements.
func isSeparator(c rune) bool { return c == ';' || c == '{' || c == '}' || c == ',' }

// more returns the statements of a further part of a line longer than maxLine.
func (r *statementReader) more(part string) iter.Seq[statement] {
	r.line--
	return r.next(part)
}

// cutComment returns a line without its comment. A comment begins with "#" at the
// beginning of the line, after a blank or after a separator, or with ";" or "//" at the
// beginning of the line.
func cutComment(line string) string {
	if strings.HasPrefix(line, ";") || strings.HasPrefix(line, "//") {
		return ""
	}
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || strings.IndexByte(" \t;{}", line[i-1]) >= 0) {
			return strings.TrimSpace(line[:i])
		}
	}
	return line
}

// sectionName returns the name in a section header, "[name]", in lower case.
func sectionName(line string) (string, bool) {
	if len(line) < 3 || line[0] != '[' || line[len(line)-1] != ']' || strings.ContainsAny(line, ":, ") {
		return "", false
	}
	return strings.ToLower(line[1 : len(line)-1]), true
}

// parseStatement parses a statement. ok is false if it is empty. A ":" after a blank ends
// the name only if another blank follows, since in "bind :80" it is part of an address.
func parseStatement(text string) (s statement, ok bool) {
	if text == "" {
		return s, false
	}
	s.text, s.name = text, text
	if name, value, ok := parseElement(text); ok {
		s.name, s.words = name, strings.Fields(value)
		return s, true
	}
	rest := ""
	if i := strings.IndexAny(text, " \t=:"); i >= 0 {
		s.name, rest = text[:i], strings.TrimLeft(text[i:], " \t")
		attached := len(rest) == len(text)-i
		if strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":") && (attached || endsWord(rest[1:])) {
			rest = rest[1:]
		}
	}
	s.name = strings.Trim(s.name, `"'`)
	s.words = strings.Fields(rest)
	for i := range s.words {
		s.words[i] = strings.Trim(s.words[i], `"'`)
	}
	return s, true
}

// parseElement parses an element of XML without attributes in one line, as in
// "<user>messagebus</user>".
func parseElement(text string) (name, value string, ok bool) {
	if text[0] != '<' {
		return "", "", false
	}
	name, rest, _ := strings.Cut(text[1:], ">")
	value, _, ok = strings.Cut(rest, "</"+name+">")
	return name, value, ok
}

// endsWord reports whether a word before s ends at the beginning of s.
func endsWord(s string) bool { return s == "" || s[0] == ' ' || s[0] == '\t' }

// first returns the first word after the name, "" if there is none.
func (s statement) first() string {
	if len(s.words) == 0 {
		return ""
	}
	return s.words[0]
}
