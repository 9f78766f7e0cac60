package bounded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestReadAll(t *testing.T) {
	for _, tc := range []struct {
		text  string
		limit int64
		ok    bool
	}{{"", 0, true}, {"abc", 3, true}, {"abcd", 3, false}} {
		data, err := ReadAll(strings.NewReader(tc.text), tc.limit)
		var size *SizeError
		switch {
		case tc.ok && (err != nil || string(data) != tc.text):
			t.Errorf("%q up to %d: %q, %v", tc.text, tc.limit, data, err)
		case !tc.ok && !errors.As(err, &size):
			t.Errorf("%q up to %d: %v, want a SizeError", tc.text, tc.limit, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	fsys := fstest.MapFS{"small": {Data: []byte("1234")}, "large": {Data: []byte("12345")}, "dir/x": {}}
	if data, err := ReadFile(fsys, "small", 4); err != nil || string(data) != "1234" {
		t.Errorf("small: %q, %v", data, err)
	}
	var size *SizeError
	var at *fs.PathError
	if _, err := ReadFile(fsys, "large", 4); !errors.As(err, &size) || !errors.As(err, &at) || at.Path != "large" {
		t.Errorf("large: %v", err)
	}
	if _, err := ReadFile(fsys, "dir", 4); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := ReadFile(fsys, "none", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestReadHostFile checks that a sparse file is refused because of its size, and that
// ReadHostFile does not block on a pipe.
func TestReadHostFile(t *testing.T) {
	dir := t.TempDir()
	sparse, pipe := filepath.Join(dir, "sparse"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	var size *SizeError
	if _, err := ReadHostFile(sparse, Database); !errors.As(err, &size) {
		t.Errorf("1 TB of zeros: %v", err)
	}
	if _, err := ReadHostFile(pipe, Database); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a pipe: %v", err)
	}
	if got := (&SizeError{Database}).Error(); got != "larger than 64 MiB" {
		t.Error(got)
	}
}
