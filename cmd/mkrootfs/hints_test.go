package main

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
)

// TestHintsQuote: text from outside is a word of the shell in a hint, so that
// copying the hint runs nothing but what it shows.
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
		"chmod":        interpreterHint(&elfdeps.InterpreterError{Interp: bad, Err: fs.ErrPermission}),
		"install":      interpreterHint(&elfdeps.InterpreterError{Interp: bad, Err: fs.ErrNotExist}),
		"sed":          interpreterHint(&elfdeps.InterpreterError{Path: bad, Interp: "/bin/sh\r", Err: errors.ErrUnsupported}),
		"cross-check":  crossHint(&elfdeps.Object{Path: bad}),
		"list":         shellList([]string{"a", bad}),
	} {
		plain := strings.ReplaceAll(hint, "LD_LIBRARY_PATH=", "")
		plain = strings.ReplaceAll(plain, "$'./x", "$'/x")
		if !strings.Contains(plain, quoted) || tell.Printable(hint) != hint {
			t.Errorf("%s: %q", name, hint)
		}
	}
}
