package explain

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// TestHintsQuote checks that hints quote names for a shell, so that a copied hint runs
// only the command that it shows.
func TestHintsQuote(t *testing.T) {
	const bad, quoted = "/x$(touch PWN);\x1b", `/x$(touch PWN);\033`
	for name, err := range map[string]error{
		"chmod":   &elfdeps.InterpreterError{Interp: bad, Err: fs.ErrPermission},
		"install": &elfdeps.InterpreterError{Interp: bad, Err: fs.ErrNotExist},
		"sed":     &elfdeps.InterpreterError{Path: bad, Interp: "/bin/sh\r", Err: errors.ErrUnsupported},
	} {
		_, hint := Error(err)
		if !strings.Contains(hint, "$'"+quoted) || quote.Printable(hint) != hint {
			t.Errorf("%s: %q", name, hint)
		}
	}
}
