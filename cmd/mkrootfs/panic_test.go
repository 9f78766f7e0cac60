package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// faulty panics when it is read or written.
type faulty struct{}

func (faulty) Read([]byte) (int, error)  { panic("seeded fault") }
func (faulty) Write([]byte) (int, error) { panic("seeded fault") }

var oneLine = regexp.MustCompile(`^mkrootfs: error: internal error: seeded fault \(\w+\.faulty\.\w+, panic_test\.go:\d+\); please report it\n$`)

// TestPanicIsAnError checks that a panic in any goroutine results in a one-line message
// and status 1, and leaves no output or temporary file.
func TestPanicIsAnError(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", dir)
	write(t, dir, map[string][]byte{"prog": elftest.File{Static: true}.Bytes()})
	for _, args := range []string{
		"--print ldd ./prog",
		"--help",
		"--version",
		"./prog --copy @-",
		"./prog -o -",
		"./prog -o - -o x.tar.gz",
		"./prog -q -o x.tar.gz -o y.oci.tar",
		"./prog -q -t x:1 -o type=oci-dir,dest=layout",
	} {
		var errs bytes.Buffer
		status := run(t.Context(), strings.Fields(args), faulty{}, faulty{}, &errs)
		if said := errs.String(); status != exitFailed || !oneLine.MatchString(said) {
			t.Errorf("%s: status %d, %q", args, status, said)
		}
		list, err := os.ReadDir(dir)
		if err != nil || len(list) != 1 {
			t.Errorf("%s: left %v, %v", args, list, err)
		}
	}
}
