package explain

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// TestEngineHints checks that the hint for a socket without permission names its group.
func TestEngineHints(t *testing.T) {
	for group, want := range map[string]string{
		"docker": `add yourself to group docker and log in again: sudo usermod -aG docker "$USER"; or run mkrootfs with sudo`,
		"":       "run mkrootfs with sudo, or set DOCKER_HOST=unix:///PATH to an engine of your own",
	} {
		_, hint := Error(&publish.NoEngineError{Tried: []publish.Tried{
			{Host: "unix:///gone", Err: fs.ErrNotExist}, {Host: "unix:///s", Err: fs.ErrPermission, Group: group},
		}})
		if hint != want {
			t.Error(hint)
		}
	}
}

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
