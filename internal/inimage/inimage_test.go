package inimage

import (
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// TestHintsQuote checks that hints quote names for a shell, so that a copied hint runs
// only the command that it shows.
func TestHintsQuote(t *testing.T) {
	const bad, quoted = "/x$(touch PWN);\x1b", `$'/x$(touch PWN);\033`
	lost := func(rule elfdeps.Rule, element string) string {
		return lostHint(&relocate.LostError{Name: bad, Source: elfdeps.Edge{Rule: rule, Path: bad + "/lib", Element: element}})
	}
	for name, hint := range map[string]string{
		"library path": lost(elfdeps.RuleLibraryPath, ""),
		"cache":        lost(elfdeps.RuleCache, ""),
		"preload":      lost(elfdeps.RulePreload, "LD_PRELOAD"),
		"origin":       lost(elfdeps.RuleRunpath, bad+"$ORIGIN"),
		"relative":     lost(elfdeps.RuleRunpath, "."+bad),
	} {
		plain := strings.ReplaceAll(hint, "LD_LIBRARY_PATH=", "")
		plain = strings.ReplaceAll(plain, "$'./x", "$'/x")
		if !strings.Contains(plain, quoted) || quote.Printable(hint) != hint {
			t.Errorf("%s: %q", name, hint)
		}
	}
}
