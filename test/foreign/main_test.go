//go:build linux

package foreign

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/lack"
	"github.com/mkrootfs/mkrootfs/test/subject"
)

var (
	tool  string // the command under test, built once
	store string // where packages are unpacked
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if !lack.Insists() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "mkrootfs-foreign")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	store = dir
	if kept := os.Getenv("MKROOTFS_FOREIGN"); kept != "" {
		store = kept
	}
	if tool, err = subject.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
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

func mkdir(t *testing.T, dirs ...string) {
	t.Helper()
	for _, d := range dirs {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// write writes a file, the directories above it too.
func write(t *testing.T, name string, content []byte, mode os.FileMode) {
	t.Helper()
	mkdir(t, filepath.Dir(name))
	if err := os.WriteFile(name, content, mode); err != nil {
		t.Fatal(err)
	}
}

// link makes a symlink, the directories above it too.
func link(t *testing.T, text, name string) {
	t.Helper()
	mkdir(t, filepath.Dir(name))
	if err := os.Symlink(text, name); err != nil {
		t.Fatal(err)
	}
}

// move renames files into the directory to.
func move(t *testing.T, names []string, to string) {
	t.Helper()
	mkdir(t, to)
	for _, name := range names {
		if err := os.Rename(name, filepath.Join(to, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
}
