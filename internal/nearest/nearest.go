// Package nearest finds the word that a mistyped one was probably meant to be.
// Start with Of.
package nearest

import "github.com/agnivade/levenshtein"

// Of returns the candidate that is fewest edits away from word, "" if none is
// close enough to have been meant.
func Of(word string, candidates []string) string {
	best, distance := "", max(3, len(word)/2+1)
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}
