package elfdeps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// faultyFS panics when a file is opened, as a bug would.
type faultyFS struct{ fstest.MapFS }

func (faultyFS) Open(string) (fs.File, error) { panic("seeded fault") }

// TestPanicReachesTheCaller: of many programs, which are shared out among
// goroutines, and of one.
func TestPanicReachesTheCaller(t *testing.T) {
	files := fstest.MapFS{}
	var names []string
	for i := range 2 * manyPaths {
		names = append(names, fmt.Sprintf("/bin/p%d", i))
		files[names[i][1:]] = &fstest.MapFile{Data: []byte("\x7fELF"), Mode: 0o755}
	}
	for _, n := range []int{1, len(names)} {
		r := Resolver{FS: faultyFS{files}}
		err := guard.Call(func() error {
			_, err := r.Resolve(context.Background(), names[:n]...)
			return err
		})
		var bug *guard.PanicError
		if !errors.As(err, &bug) || bug.Value != "seeded fault" {
			t.Errorf("%d programs: %v", n, err)
		}
	}
}
