// Package nearest finds the most similar word to a mistyped one. Start with Of.
package nearest

import (
	"cmp"
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

// Among is Of for a word that has many candidates: it returns the shortest that begins with
// word, else one that differs in one letter, or in two if both begin alike.
func Among(word string, candidates []string) string {
	if len(word) < 3 {
		return ""
	}
	longer, best, distance := "", "", 3
	for _, c := range candidates {
		if strings.HasPrefix(c, word) && (longer == "" || len(c) < len(longer)) {
			longer = c
		}
		if len(c) < len(word)-2 || len(c) > len(word)+2 {
			continue
		}
		if d := levenshtein.ComputeDistance(word, c); d < distance && (d == 1 || beginAlike(word, c)) {
			best, distance = c, d
		}
	}
	return cmp.Or(longer, best)
}

// beginAlike reports whether words with two differences are similar: the first letter is the
// same and two letters are exchanged, or the first two of at least six are the same.
func beginAlike(word, other string) bool {
	if other == "" || other[0] != word[0] {
		return false
	}
	return letters(word) == letters(other) || len(word) >= 6 && len(other) > 1 && other[1] == word[1]
}

// Sort sorts words by their edit distance from word, the most similar first.
func Sort(word string, words []string) {
	slices.SortStableFunc(words, func(a, b string) int {
		return levenshtein.ComputeDistance(word, a) - levenshtein.ComputeDistance(word, b)
	})
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
