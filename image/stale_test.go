package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The next writer removes the files of a killed one in and beside a layout.
func TestStaleFilesOfLayouts(t *testing.T) {
	parent, dir := place(t, "layout")
	const tail = ".mkrootfs-0123456789abcdef"
	stale := []string{"l/.index.json" + tail, "l/.blob" + tail, "l/blobs/sha256/.blob" + tail}
	for _, name := range stale {
		if err := os.WriteFile(filepath.Join(parent, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(parent, ".new"+tail, "blobs"), 0o700); err != nil {
		t.Fatal(err)
	}
	mustWriteLayout(t, dir, testImage(t, "new", Config{}), "a:1")
	mustWriteLayout(t, filepath.Join(parent, "new"), testImage(t, "new", Config{}), "a:1")
	for _, name := range append(stale, ".new"+tail) {
		if _, err := os.Lstat(filepath.Join(parent, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A writer that was killed after adding its blobs and before removing the old ones
// leaves notes. The next writer removes the listed blobs that no entry needs, and
// no others.
func TestNotesOfKilledWriter(t *testing.T) {
	for _, committed := range []bool{false, true} {
		_, dir := place(t, "layout")
		killed := mustPrepare(t, dir, testImage(t, "killed", Config{}), "old:0")
		if err := killed.Stage(t.Context()); err != nil {
			t.Fatal(err)
		}
		if committed {
			if err := killed.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		writeBlob(t, dir, strings.Repeat("0", 64), "of another tool")
		dir = asLeft(t, dir)
		img := testImage(t, "new", Config{})
		mustWriteLayout(t, dir, img, "old:0")
		if got := refs(t, dir); !slices.Equal(got, []string{ref(t, "0", img)}) {
			t.Errorf("refs %v", got)
		}
		if all, _ := os.ReadDir(filepath.Join(dir, "blobs/sha256")); len(all) != 4 {
			t.Errorf("committed %t: %d blobs, want 4", committed, len(all))
		}
		if all, _ := os.ReadDir(dir); len(all) != 3 {
			t.Errorf("committed %t: left behind: %v", committed, all)
		}
	}
}

// asLeft returns a copy of dir, whose files no process has locked.
func asLeft(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "l")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// An empty directory in which a writer was killed can be used again.
func TestKilledInEmptyDir(t *testing.T) {
	_, dir := place(t, "directory")
	if err := os.WriteFile(filepath.Join(dir, ".oci-layout.mkrootfs-0123456789abcdef"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckLayoutDir(dir); err != nil {
		t.Error(err)
	}
	mustWriteLayout(t, dir, testImage(t, "new", Config{}))
	if all, _ := os.ReadDir(dir); len(all) != 3 {
		t.Errorf("left behind: %v", all)
	}
}
