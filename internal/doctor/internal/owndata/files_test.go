package owndata

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// privateTree has directories that not everybody may enter, with files that everybody may
// read.
func privateTree() fstest.MapFS {
	file := func() *fstest.MapFile { return &fstest.MapFile{Data: []byte("x"), Mode: 0o644} }
	return fstest.MapFS{
		"usr/share/prog/a.txt":         file(),
		"usr/share/prog/closed":        {Mode: fs.ModeDir | 0o750},
		"usr/share/prog/closed/in.txt": file(),
		"usr/share/prog/d/key":         {Data: []byte("x"), Mode: 0o600},
		"etc/closed":                   {Mode: fs.ModeDir | 0o770},
		"etc/closed/prog.conf":         file(),
	}
}

func TestClosedDirectoriesAreLeftOut(t *testing.T) {
	root := sysroot.New(privateTree())
	want := []string{"/usr/share/prog/a.txt"}
	if files, _, err := Tree(root, "/usr/share/prog", nil); err != nil || !slices.Equal(files, want) {
		t.Errorf("%q, %v; want %q", files, err, want)
	}
	if got := candidates(t, root, "/etc/closed/prog.conf", "/usr/share/prog/closed"); len(got) > 0 {
		t.Errorf("candidates in closed directories: %q", got)
	}
}

// The user who runs mkrootfs may not be able to reach them either.
func TestClosedDirectoriesAreNoErrors(t *testing.T) {
	for _, question := range []string{
		"lstat usr/share/prog/closed", "open usr/share/prog/d", "lstat usr/share/prog/d/key",
	} {
		root := sysroot.New(testfs.FS{MapFS: privateTree(), Fail: map[string]error{question: fs.ErrPermission}})
		files, _, err := Tree(root, "/usr/share/prog", nil)
		if err != nil || !slices.Equal(files, []string{"/usr/share/prog/a.txt"}) {
			t.Errorf("%s: %q, %v", question, files, err)
		}
	}
}
