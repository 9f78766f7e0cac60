package spawn

import (
	"path"
	"regexp"
	"strings"
	"sync"
)

// patterns are the forms of words in a command line.
type patterns struct {
	option   *regexp.Regexp // -x, --long
	redirect *regexp.Regexp // >file, 2>&1, <%s
	operand  *regexp.Regexp // what follows a redirection: a format, a path
	plain    *regexp.Regexp // a word of a text
}

var forms = sync.OnceValue(func() patterns {
	return patterns{
		option:   regexp.MustCompile(`^--?[A-Za-z]`),
		redirect: regexp.MustCompile(`^[0-9]?(?:>>?|<)(?:&[0-9]|["']?[%/].*|)$`),
		operand:  regexp.MustCompile(`^["']?(?:%s|/)`),
		plain:    regexp.MustCompile(`^[A-Za-z]{2,}$`),
	}
})

// maxPlain is the maximum number of plain words in a command line, such as a subcommand.
// Messages have more of them.
const maxPlain = 1

// isCommandLine reports whether s is a command line for a shell. Its first word is a
// program, its second word an option, or it has a redirection or a pipe to a program; and
// it has at most maxPlain words as in a message.
func isCommandLine(s string, exists func(name string) bool) bool {
	words := strings.Fields(s)
	if len(words) < 2 || s[0] == ' ' || !isName(words[0]) {
		return false
	}
	if hasText(words) || !hasForm(words, exists) {
		return false
	}
	return exists(words[0])
}

// hasText reports whether words are a message: one ends like a part of a sentence, or a
// command has more than maxPlain words of a text.
func hasText(words []string) bool {
	plain, operator := 0, true
	for _, w := range words {
		if strings.HasSuffix(w, ":") || strings.HasSuffix(w, ",") || strings.HasSuffix(w, ".") && len(w) > 2 {
			return true
		}
		first := operator
		if operator = strings.Trim(w, "|&;") == ""; operator {
			plain = 0
		}
		if !first && forms().plain.MatchString(w) {
			plain++
		}
		if plain > maxPlain {
			return true
		}
	}
	return false
}

// isName reports whether a word may be the first one of a command line.
func isName(word string) bool {
	return path.IsAbs(word) && !strings.ContainsAny(word, "%\"'") || !strings.ContainsAny(word, "/%\"'$()[]{}<>|&;:=")
}

// hasForm reports whether words have the form of a command line.
func hasForm(words []string, exists func(name string) bool) bool {
	if path.IsAbs(words[0]) || forms().option.MatchString(words[1]) {
		return true
	}
	for i, w := range words[1:] {
		next := ""
		if i+2 < len(words) {
			next = words[i+2]
		}
		switch {
		case w == "|":
			if next != "" && exists(next) {
				return true
			}
		case strings.Trim(w, "0123456789<>") == "":
			if strings.ContainsAny(w, "<>") && forms().operand.MatchString(next) {
				return true
			}
		case forms().redirect.MatchString(w):
			return true
		}
	}
	return false
}
