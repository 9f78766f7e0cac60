package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// place makes the file or directory that a path of these tests stands for in a new
// directory.
func place(t *testing.T, what string) (parent, dir string) {
	t.Helper()
	parent = t.TempDir()
	dir = filepath.Join(parent, "l")
	link := func(text string) error { return os.Symlink(text, dir) }
	var err error
	switch what {
	case "file":
		err = os.WriteFile(dir, nil, 0o600)
	case "directory":
		err = os.Mkdir(dir, 0o755)
	case "full directory":
		err = os.MkdirAll(filepath.Join(dir, "x"), 0o755)
	case "layout":
		mustWriteLayout(t, dir, testImage(t, "old", Config{}), "old:0")
	case "dangling link":
		err = link("target")
	case "absolute link":
		err = link(filepath.Join(parent, "target"))
	case "two links":
		err = errors.Join(link("sub/../second"), os.Mkdir(filepath.Join(parent, "sub"), 0o755),
			os.Symlink("sub/target", filepath.Join(parent, "second")))
	case "link nowhere":
		err = link("gone/target")
	case "link to a directory":
		err = errors.Join(link("target"), os.Mkdir(filepath.Join(parent, "target"), 0o755))
	case "link to itself":
		err = link("l")
	case "below a file":
		err = os.WriteFile(dir, nil, 0o600)
		dir = filepath.Join(dir, "l")
	case "no parent":
		dir = filepath.Join(dir, "l")
	}
	if err != nil {
		t.Fatal(err)
	}
	return parent, dir
}

// CheckLayoutDir returns the error of WriteOCILayout and changes nothing.
func TestCheckLayoutDir(t *testing.T) {
	img := testImage(t, "hi", Config{})
	tests := []struct {
		what  string
		want  string // after the path
		write bool   // a *WriteError
	}{
		{"nothing", "", false},
		{"directory", "", false},
		{"layout", "", false},
		{"dangling link", "", false},
		{"absolute link", "", false},
		{"two links", "", false},
		{"link to a directory", "", false},
		{"file", ": exists and is not a directory", false},
		{"full directory", ": the directory is not empty and is not an OCI layout", false},
		{"link nowhere", ": cannot be written: PARENT/gone: no such file or directory", true},
		{"link to itself", ": cannot be written: too many levels of symbolic links", true},
		{"no parent", ": cannot be written: PARENT/l: no such file or directory", true},
		{"below a file", ": cannot be written: not a directory", true},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			parent, dir := place(t, tt.what)
			want := tt.want
			if want != "" {
				want = dir + strings.Replace(want, "PARENT", parent, 1)
			}
			before := snapshot(t, parent)
			check := CheckLayoutDir(dir)
			if after := snapshot(t, parent); !reflect.DeepEqual(before, after) {
				t.Errorf("checking changed %v to %v", before, after)
			}
			for _, err := range []error{check, WriteOCILayout(t.Context(), dir, img, testTags(t, "a:1")...)} {
				var we *WriteError
				if (err == nil) != (want == "") || err != nil && err.Error() != want || errors.As(err, &we) != tt.write {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				if tt.write && we != nil && we.Path != dir {
					t.Errorf("path %s, want %s", we.Path, dir)
				}
			}
			if want == "" {
				refs(t, dir)
			}
		})
	}
}

// A symlink stays a symlink.
func TestWriteOCILayoutFollowsLinks(t *testing.T) {
	for what, target := range map[string]string{"dangling link": "target", "two links": "sub/target"} {
		parent, dir := place(t, what)
		img := testImage(t, "hi", Config{})
		mustWriteLayout(t, dir+"/", img, "a:1")
		mustWriteLayout(t, dir, img, "a:2")
		if fi, err := os.Lstat(dir); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s: is %v, %v", what, fi, err)
		}
		if got := refs(t, filepath.Join(parent, target)); len(got) != 2 {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// A damaged blob is written again: one of zeros after a power failure, an
// incomplete one, a symlink, an empty one.
func TestWriteOCILayoutRepairsBlobs(t *testing.T) {
	damages := map[string]func(name string, size int64) error{
		"zeros": func(name string, size int64) error { return os.WriteFile(name, make([]byte, size), 0o600) },
		"short": func(name string, size int64) error { return os.Truncate(name, size-1) },
		"gone":  func(name string, _ int64) error { return os.Remove(name) },
		"link":  func(name string, _ int64) error { return errors.Join(os.Remove(name), os.Symlink("/dev/null", name)) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "layout")
			img := testImage(t, "hi", Config{})
			mustWriteLayout(t, dir, img, "redis:1")
			before := snapshot(t, dir)
			blobs, err := os.ReadDir(filepath.Join(dir, "blobs/sha256"))
			if err != nil || len(blobs) != 3 {
				t.Fatal(blobs, err)
			}
			for _, b := range blobs {
				fi, _ := b.Info()
				if err := damage(filepath.Join(dir, "blobs/sha256", b.Name()), fi.Size()); err != nil {
					t.Fatal(err)
				}
			}
			mustWriteLayout(t, dir, img, "redis:1")
			if after := snapshot(t, dir); !reflect.DeepEqual(before, after) {
				t.Errorf("was %v, is %v", before, after)
			}
		})
	}
}

// An intact blob is not written again.
func TestWriteOCILayoutKeepsBlobs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	img := testImage(t, "hi", Config{})
	mustWriteLayout(t, dir, img, "redis:1")
	layers, _ := img.Layers()
	h, _ := layers[0].Digest()
	before, err := os.Stat(filepath.Join(dir, blobName(h)))
	if err != nil {
		t.Fatal(err)
	}
	mustWriteLayout(t, dir, img, "redis:1", "redis:2")
	after, err := os.Stat(filepath.Join(dir, blobName(h)))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("another file now, %v", err)
	}
}
