package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

func TestLayoutWithoutPermission(t *testing.T) {
	img := testImage(t, "hi", Config{})
	tests := []struct {
		what, closed string // which directory cannot be written
		mode         fs.FileMode
		check, write string // what is named
	}{
		{"nothing", "", 0o555, "l", "l"},
		{"dangling link", "", 0o555, "l", "l"},
		{"directory", "l", 0o555, "l", "l/oci-layout"},
		{"layout", "l", 0o555, "l", "l/index.json"},
		{"layout", "l/blobs/sha256", 0o555, "", "l/blobs/sha256/"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			parent, dir := place(t, tt.what)
			closed := filepath.Join(parent, tt.closed)
			open := func(mode fs.FileMode) {
				if err := os.Chmod(closed, mode); err != nil {
					t.Fatal(err)
				}
			}
			if tt.write == "l/index.json" { // all else is there already
				mustWriteLayout(t, dir, img, "a:1")
			}
			before := snapshot(t, parent)
			open(tt.mode)
			var check, write error
			testenv.AsNobody(t, parent, func() {
				check, write = CheckLayoutDir(dir), WriteOCILayout(t.Context(), dir, img, testTags(t, "a:1")...)
			})
			open(0o755)
			wantWriteError(t, check, parent, tt.check)
			wantWriteError(t, write, parent, tt.write)
			if after := snapshot(t, parent); !reflect.DeepEqual(before, after) {
				t.Errorf("was %v, is %v", before, after)
			}
		})
	}
}

func wantWriteError(t *testing.T, err error, parent, name string) {
	t.Helper()
	if name == "" {
		if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		return
	}
	var we *WriteError
	if !errors.As(err, &we) || !errors.Is(err, fs.ErrPermission) ||
		!strings.HasPrefix(err.Error(), filepath.Join(parent, name)) ||
		!strings.HasSuffix(err.Error(), ": cannot be written: permission denied") {
		t.Errorf("got %v, want %s: cannot be written: permission denied", err, filepath.Join(parent, name))
	}
}

// A layout that cannot be read is another error.
func TestLayoutUnreadable(t *testing.T) {
	parent, dir := place(t, "layout")
	index := filepath.Join(dir, "index.json")
	if err := os.Chmod(index, 0o200); err != nil {
		t.Fatal(err)
	}
	img := testImage(t, "hi", Config{})
	var check, write error
	testenv.AsNobody(t, parent, func() { check, write = CheckLayoutDir(dir), WriteOCILayout(t.Context(), dir, img) })
	for _, err := range []error{check, write} {
		var we *WriteError
		if errors.As(err, &we) || !errors.Is(err, fs.ErrPermission) ||
			err.Error() != index+": cannot be read: permission denied" {
			t.Errorf("got %v", err)
		}
	}
}

// A layer that cannot be read is not an error of the output.
func TestLayoutLayerUnreadable(t *testing.T) {
	info, _ := testLayer(t, "hi", Gzip)
	gone := filepath.Join(t.TempDir(), "gone")
	info.Open = openFile(gone)
	img, err := New(NewLayer(info), Config{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "l")
	err = WriteOCILayout(t.Context(), dir, img)
	var we *WriteError
	if errors.As(err, &we) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	wantError(t, err, dir+": layer: open "+gone)
}
