package testfs

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestFail(t *testing.T) {
	var asked []string
	fsys := FS{
		MapFS: fstest.MapFS{"f": {Data: []byte("text")}, "l": {Data: []byte("f"), Mode: fs.ModeSymlink}},
		Fail:  map[string]error{"lstat f": syscall.EIO, "read f": syscall.EMFILE, "readlink l": syscall.EACCES, "open l": syscall.ENOMEM, "getxattr f": syscall.EPERM},
		Asked: &asked,
	}
	_, lstat := fsys.Lstat("f")
	_, readlink := fsys.ReadLink("l")
	_, open := fsys.Open("l")
	_, xattr := fsys.Getxattr("f", "user.x")
	_, read := fs.ReadFile(struct{ fs.FS }{fsys}, "f")
	for i, want := range []error{syscall.EIO, syscall.EACCES, syscall.ENOMEM, syscall.EPERM, syscall.EMFILE} {
		if got := []error{lstat, readlink, open, xattr, read}[i]; !errors.Is(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if want := []string{"lstat f", "readlink l", "open l", "getxattr f", "open f"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	fsys.Fail = nil
	if text, err := fs.ReadFile(struct{ fs.FS }{fsys}, "f"); string(text) != "text" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestSize(t *testing.T) {
	fsys := FS{MapFS: fstest.MapFS{"f": {Data: []byte("text")}}, Size: map[string]int64{"f": 6}}
	info, err := fsys.Lstat("f")
	if err != nil || info.Size() != 6 {
		t.Error(info, err)
	}
	f, err := fsys.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != 6 {
		t.Error(info, err)
	}
	for _, want := range []string{"tex", "t\x00\x00"} {
		b := make([]byte, 3)
		if _, err := f.Read(b); err != nil || string(b) != want {
			t.Errorf("%q, %v", b, err)
		}
	}
	if n, err := f.Read(make([]byte, 3)); n != 0 || !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
	b := []byte("old")
	if n, err := f.(io.ReaderAt).ReadAt(b, 5); n != 1 || b[0] != 0 || !errors.Is(err, io.EOF) {
		t.Error(n, b, err)
	}
}
