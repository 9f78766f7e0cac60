// Package nearest finds the most similar word to a mistyped one. Start with Of.
package nearest

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Of returns the candidate with the smallest edit distance from word, "" if none is
// similar.
func Of(word string, candidates []string) string {
	return within(word, candidates, max(2, len(word)/2))
}

// Typo is Of for a word that may also be right, but belong elsewhere. It returns "" unless
// word is the beginning of a candidate, has its letters in another order, or can be
// changed into it by edits of a third of its letters.
func Typo(word string, candidates []string) string {
	for _, c := range candidates {
		if len(word) > 2 && strings.HasPrefix(c, word) || letters(c) == letters(word) {
			return c
		}
	}
	return within(word, candidates, len(word)/3)
}

// within returns the candidate with the smallest edit distance from word, "" if each has
// a distance greater than limit.
func within(word string, candidates []string, limit int) string {
	best, distance := "", limit+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// letters returns the letters of word in order.
func letters(word string) string {
	l := []byte(word)
	slices.Sort(l)
	return string(l)
}
