// Package nearest finds the most similar word to a mistyped one. Start with Of.
package nearest

import "github.com/agnivade/levenshtein"

// Of returns the candidate with the smallest edit distance from word, "" if none is
// similar.
func Of(word string, candidates []string) string {
	best, distance := "", max(3, len(word)/2+1)
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}
