package shellscript

import (
	"errors"
	"io"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// parse returns the statements of text. A text that is not in the language of bash is
// parsed as one of POSIX, and the result that goes further is used.
func parse(text string) ([]*syntax.Stmt, error) {
	list, err := parseAs(syntax.LangBash, text)
	if err == nil {
		return list, nil
	}
	more, posixErr := parseAs(syntax.LangPOSIX, text)
	if posixErr == nil || len(more) > len(list) {
		return more, posixErr
	}
	return list, err
}

// parseAs returns the statements of text up to the first error. A panic of the parser
// counts as an error.
func parseAs(lang syntax.LangVariant, text string) (list []*syntax.Stmt, err error) {
	err = guard.Call(func() error {
		r := &statementReader{text: strings.NewReader(text), left: maxStatement}
		for s, err := range syntax.NewParser(syntax.Variant(lang)).StmtsSeq(r) {
			if err != nil {
				return err
			}
			list = append(list, s)
			r.left = maxStatement
		}
		return nil
	})
	return list, err
}

// errLongStatement is the error for a statement of more than maxStatement bytes.
var errLongStatement = errors.New("a statement is too long")

// statementReader limits the length of a statement: the parser calls itself for each
// nested command, so that the length limits its stack.
type statementReader struct {
	text io.Reader
	left int // the bytes that may be read before the end of the statement
	open int // the parentheses in sequence that were read last
}

// maxOpen is the maximum number of opening parentheses in sequence. The parser's time grows
// with the square of their number.
const maxOpen = 256

func (r *statementReader) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongStatement
	}
	n, err := r.text.Read(b[:min(len(b), r.left)])
	r.left -= n
	for _, c := range b[:n] {
		if r.open++; c != '(' {
			r.open = 0
		}
		if r.open > maxOpen {
			return 0, errLongStatement
		}
	}
	return n, err
}
