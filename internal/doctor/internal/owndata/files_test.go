package owndata

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
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
		"usr/share/prog/set-id":        {Data: []byte("x"), Mode: 0o755 | fs.ModeSetgid},
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

// An item with too many files is left out, and so is one with a directory that is too
// large to be read.
func TestTooManyFiles(t *testing.T) {
	tree := fstest.MapFS{"usr/share/prog/a.txt": {Data: []byte("a"), Mode: 0o644}}
	for i := range maxFiles + 1 {
		tree[fmt.Sprint("etc/prog/", i)] = &fstest.MapFile{Mode: 0o644}
	}
	tree["usr/lib/prog"+strings.Repeat("/d", maxDepth+2)+"/x"] = &fstest.MapFile{Mode: 0o644}
	prog := Object{Path: "/usr/bin/prog", Program: true, Names: []string{"/etc/prog", "/usr/lib/prog", "/usr/share/prog"}}
	items, err := Find(t.Context(), NewPackages(sysroot.New(tree)), []Object{prog}, nil)
	if err != nil || len(items) != 1 || items[0].Path != "/usr/share/prog" {
		t.Errorf("%d items, %v", len(items), err)
	}
}

// A package database that cannot be read is not an error.
func TestDamagedDatabase(t *testing.T) {
	for name, tree := range map[string]fstest.MapFS{
		"directory":  {"var/lib/dpkg/status/x": {}},
		"not SQLite": {"var/lib/rpm/rpmdb.sqlite": {Data: []byte("x"), Mode: 0o644}},
	} {
		tree["etc/prog.conf"] = &fstest.MapFile{Mode: 0o644}
		packages := NewPackages(sysroot.New(tree))
		prog := Object{Path: "/usr/bin/prog", Program: true, Names: []string{"/etc/prog.conf"}}
		items, err := Find(t.Context(), packages, []Object{prog}, nil)
		if err != nil || len(items) != 1 {
			t.Errorf("%s: %d items, %v", name, len(items), err)
		}
		if packages.Problem() == nil {
			t.Errorf("%s: no problem", name)
		}
	}
}

// A standard library may be in the home directory of the user who packs it.
func TestTreeBelowClosedDirectory(t *testing.T) {
	root := sysroot.New(fstest.MapFS{
		"home/me": {Mode: fs.ModeDir | 0o700}, "home/me/python/lib/os.py": {Data: []byte("x"), Mode: 0o644},
	})
	files, _, err := Tree(root, "/home/me/python", nil)
	if err != nil || !slices.Equal(files, []string{"/home/me/python/lib/os.py"}) {
		t.Errorf("%q, %v", files, err)
	}
}

// A name that could not be looked up is an error; one that does not exist is not.
func TestCandidatesThatFail(t *testing.T) {
	files := testfs.FS{MapFS: fstest.MapFS{"etc/prog.conf": {Mode: 0o644}}, Fail: map[string]error{}}
	literals := func(yield func(string) bool) error { yield("/etc/gone.conf:/etc/prog.conf"); return nil }
	for failure, want := range map[error]error{syscall.EMFILE: syscall.EMFILE, syscall.EACCES: nil, syscall.ENOENT: nil} {
		files.Fail["lstat etc/prog.conf"] = failure
		if found, err := Candidates(sysroot.New(files), nil, literals); !errors.Is(err, want) || len(found) > 0 {
			t.Errorf("%v: %q, %v", failure, found, err)
		}
	}
}

// An error of the operating system is an error: the next run may give another image.
func TestUnreadableDatabase(t *testing.T) {
	files := testfs.FS{
		MapFS: fstest.MapFS{"var/lib/dpkg/status": {Data: []byte("Package: x\n")}, "etc/prog.conf": {Mode: 0o644}},
		Fail:  map[string]error{"open var/lib/dpkg/status": syscall.EMFILE},
	}
	prog := Object{Path: "/usr/bin/prog", Program: true, Names: []string{"/etc/prog.conf"}}
	if _, err := Find(t.Context(), NewPackages(sysroot.New(files)), []Object{prog}, nil); !errors.Is(err, syscall.EMFILE) {
		t.Error(err)
	}
}
