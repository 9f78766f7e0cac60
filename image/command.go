package image

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kballard/go-shellquote"
)

// ParseCommand splits a command into its words: a value that begins with "["
// is a JSON array of strings, any other is split as a shell would, without
// expanding anything and without running one. An empty value gives an empty
// slice that is not nil, so that "none" can be told from "not said". An array
// that is not UTF-8 is a *TextError; words of the other form are left to
// Config.Check.
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
	if !utf8.ValidString(s) { // which json.Unmarshal would not say
		return nil, &TextError{Field: "command", Value: s}
	}
	var words []*string
	if err := json.Unmarshal([]byte(s), &words); err != nil {
		return nil, fmt.Errorf(`command %q: what begins with [ must be a JSON array of strings, such as ["redis-server","--port","0"]`, s)
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

// lowerFirst makes a library's message fit after a colon.
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
