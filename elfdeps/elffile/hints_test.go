package elffile

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// TestLibraryNameGrammar compares isLibraryName with the regular expression that
// defines it.
func TestLibraryNameGrammar(t *testing.T) {
	name := regexp.MustCompile(`^(?:[\w.+/-]*/)?lib[\w.+-]*\.so(?:\.\d+)*$`)
	parts := []string{"lib", ".so", ".so", "%s", "s", "/", ".", "1", ".1", "-", "_", "+", "Z", "@", "\n", "é", "[", "`", "{"}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same cases each time
	hits := 0
	for range 300_000 {
		s := ""
		for range random.IntN(9) {
			s += parts[random.IntN(len(parts))]
		}
		if want := name.MatchString(s); isLibraryName(s) != want {
			t.Fatalf("isLibraryName(%q) is not %v", s, want)
		} else if want {
			hits++
		}
	}
	if hits < 200 {
		t.Errorf("too few names were made: %d", hits)
	}
}
