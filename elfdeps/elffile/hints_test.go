package elffile

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// TestLibraryNameGrammar holds the matchers to the regular expressions
// that state them.
func TestLibraryNameGrammar(t *testing.T) {
	name := regexp.MustCompile(`^(?:[\w.+/-]*/)?lib[\w.+-]*\.so(?:\.\d+)*$`)
	pattern := regexp.MustCompile(`^[\w.+/%$-]*%[-\w.]*[sd][\w.+/%-]*\.so(?:\.[\d%sd]+)*$`)
	parts := []string{"lib", ".so", ".so", "%s", "%", "s", "d", "$", "/", ".", "1", ".1", "-", "_", "+", "Z", "@", "\n", "é", "[", "`", "{"}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same cases each time
	hits := [2]int{}
	for range 300_000 {
		s := ""
		for range random.IntN(9) {
			s += parts[random.IntN(len(parts))]
		}
		if want := name.MatchString(s); isLibraryName(s) != want {
			t.Fatalf("isLibraryName(%q) is not %v", s, want)
		} else if want {
			hits[0]++
		}
		if want := pattern.MatchString(s); isLibraryPattern(s) != want {
			t.Fatalf("isLibraryPattern(%q) is not %v", s, want)
		} else if want {
			hits[1]++
		}
	}
	if hits[0] < 200 || hits[1] < 200 {
		t.Errorf("too few names of either kind were made: %v", hits)
	}
}
