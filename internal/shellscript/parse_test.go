package shellscript

import (
	"errors"
	"strings"
	"testing"
)

// Parentheses that are never closed do not make the parser slow.
func TestOpenParentheses(t *testing.T) {
	s := Parse("ls\n" + strings.Repeat("(", 200_000))
	if !errors.Is(s.Err, errLongStatement) {
		t.Errorf("error %v", s.Err)
	}
}
