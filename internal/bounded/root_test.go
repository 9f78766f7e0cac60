package bounded

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadRootFile(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "small"), []byte("1234"), 0o600),
		os.WriteFile(filepath.Join(dir, "large"), []byte("12345"), 0o600),
		os.WriteFile(outside, []byte("1"), 0o600),
		os.Symlink(outside, filepath.Join(dir, "out")),
		os.Symlink("small", filepath.Join(dir, "in")),
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]string{
		"small": "", "in": "",
		"large": "read large: larger than 4 bytes",
		"out":   "openat out: path escapes from parent",
		"fifo":  "read fifo: invalid argument",
		".":     "read .: is a directory",
	} {
		data, err := ReadRootFile(root, name, 4)
		if want == "" && (err != nil || string(data) != "1234") || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %q, %v; want %q", name, data, err, want)
		}
	}
}
