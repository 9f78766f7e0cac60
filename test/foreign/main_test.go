//go:build linux

package foreign

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

var (
	tool  string // the command under test, built once
	store string // where packages are unpacked
)

func TestMain(m *testing.M) {
	if !testenv.IsStrict() {
		os.Exit(m.Run())
	}
	os.Exit(harness.Main(m, "foreign", func(dir string) (err error) {
		store = dir
		if kept := os.Getenv("MKROOTFS_FOREIGN"); kept != "" {
			store = kept
		}
		tool, err = harness.Build(dir)
		return err
	}))
}

// run runs cmd; a failure ends the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out.String(), errs.String())
	}
}

// move moves files into the directory to.
func move(t *testing.T, names []string, to string) {
	t.Helper()
	harness.Mkdir(t, to)
	for _, name := range names {
		if err := os.Rename(name, filepath.Join(to, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
}
