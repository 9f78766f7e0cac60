package dockerflag

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kballard/go-shellquote"
)

// ParseCommand splits a command into its words (docker run --entrypoint). A value
// that begins with "[" is a JSON array of strings; any other is split into words as
// by a shell, but nothing is expanded or executed. For an empty value it returns an
// empty slice that is not nil, so that callers can tell "none" from "not given". An
// array that is not UTF-8 is an error; words of the other form may be any bytes.
func ParseCommand(s string) ([]string, error) {
	if strings.HasPrefix(strings.TrimSpace(s), "[") {
		return parseJSONWords(s)
	}
	words, err := shellquote.Split(s)
	if err != nil {
		return nil, fmt.Errorf("command %q: %s", s, lowerFirst(err.Error()))
	}
	return append([]string{}, words...), nil
}

func parseJSONWords(s string) ([]string, error) {
	if !utf8.ValidString(s) { // json.Unmarshal would put U+FFFD in its place
		return nil, fmt.Errorf("command %q: not UTF-8, which an image configuration requires", s)
	}
	var words []*string
	if err := json.Unmarshal([]byte(s), &words); err != nil {
		const want = `must be a JSON array of strings, such as ["redis-server","--port","0"]`
		return nil, fmt.Errorf("command %q: a value that begins with [ %s", s, want)
	}
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w == nil {
			return nil, fmt.Errorf("command %q: null is not a string", s)
		}
		out = append(out, *w)
	}
	return out, nil
}

// lowerFirst returns s with its first letter in lower case, for a library's
// message behind a colon.
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
