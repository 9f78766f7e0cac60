//go:build unix

package pending

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"

	"golang.org/x/sys/unix"
)

// list returns the names in dir, with "hidden" for a hidden name.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		name := e.Name()
		if strings.Contains(name, mark) {
			name = "hidden"
		}
		all[name] = string(content)
	}
	return all
}

func want(t *testing.T, when, dir string, all map[string]string) {
	t.Helper()
	if got := list(t, dir); !reflect.DeepEqual(got, all) {
		t.Errorf("%s: the directory holds %v, want %v", when, got, all)
	}
}

// eachKind runs test with files that have no name at first, and as on a file system
// that does not support such files.
func eachKind(t *testing.T, test func(t *testing.T, d *Dir, path, hidden string)) {
	t.Run("nameless", func(t *testing.T) {
		path := t.TempDir()
		d, err := OpenDir(path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if f, err := d.createNameless("f", 0o600); err != nil {
			testenv.Skip(t, "no nameless files here: %v", err)
		} else {
			f.Close()
		}
		test(t, d, path, "")
	})
	t.Run("named", func(t *testing.T) {
		path := t.TempDir()
		test(t, &Dir{names: hostNames{}, prefix: path, close: func() error { return nil }}, path, "hidden")
	})
}

func mustCreate(t *testing.T, d *Dir, content string) *File {
	t.Helper()
	f, err := Create(d, "f", 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, content); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFile(t *testing.T) {
	eachKind(t, func(t *testing.T, d *Dir, path, hidden string) {
		under := map[string]string{"f": "old"}
		if hidden != "" {
			under[hidden] = "new"
		}
		if err := os.WriteFile(filepath.Join(path, "f"), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := mustCreate(t, d, "new")
		want(t, "written", path, under)
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		want(t, "finished", path, under)
		if err := f.Stage(d, "f"); err != nil {
			t.Fatal(err)
		}
		want(t, "staged", path, map[string]string{"f": "old", "hidden": "new"})
		if err := f.Commit("f"); err != nil {
			t.Fatal(err)
		}
		f.Abandon()
		want(t, "committed", path, map[string]string{"f": "new"})
		if err := d.Sync(); err != nil {
			t.Error(err)
		}
	})
}

func TestAbandon(t *testing.T) {
	steps := []func(d *Dir, f *File) error{
		func(_ *Dir, f *File) error { return f.Finish() },
		func(d *Dir, f *File) error { return f.Stage(d, "f") },
		func(_ *Dir, f *File) error { return f.Commit("in-the-way") },
	}
	eachKind(t, func(t *testing.T, d *Dir, path, _ string) {
		if err := os.MkdirAll(filepath.Join(path, "in-the-way", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		for n := range len(steps) + 1 {
			f := mustCreate(t, d, "new")
			for i, step := range steps[:n] {
				if err := step(d, f); (err != nil) != (i == 2) {
					t.Errorf("step %d: %v", i, err)
				}
			}
			f.Abandon()
			want(t, "abandoned", path, map[string]string{"in-the-way": ""})
		}
	})
}

func TestStageElsewhere(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	top, err1 := DirIn(root, ".")
	sub, err2 := DirIn(root, "sub")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nameless", "named"} {
		f := mustCreate(t, top, name)
		if name == "named" {
			f.Abandon()
			file, hidden, err := top.createHidden("f", 0o600)
			if err != nil {
				t.Fatal(err)
			}
			f = &File{dir: top, file: file, hidden: hidden}
			if _, err := io.WriteString(f, name); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(f.Finish(), f.Stage(sub, "f"), f.Commit("f")); err != nil {
			t.Fatal(err)
		}
		want(t, name, path, map[string]string{"sub": ""})
		want(t, name, filepath.Join(path, "sub"), map[string]string{"f": name})
	}
}

func TestPermissions(t *testing.T) {
	eachKind(t, func(t *testing.T, d *Dir, path, _ string) {
		old := syscall.Umask(0o027)
		defer syscall.Umask(old)
		for perm, chmod := range map[fs.FileMode]bool{0o640: false, 0o604: true} {
			f := mustCreate(t, d, "")
			if chmod {
				if err := f.Chmod(perm); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(f.Finish(), f.Stage(d, "f"), f.Commit("f")); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(path, "f")); err != nil || info.Mode() != perm {
				t.Errorf("mode %v, want %v", info.Mode(), perm)
			}
		}
	})
}

// Each reader has its own offset, also of a file without a name or without
// permission to read it.
func TestOpen(t *testing.T) {
	eachKind(t, func(t *testing.T, d *Dir, _, _ string) {
		f := mustCreate(t, d, "content")
		defer f.Abandon()
		for range 2 {
			one, other := f.Open(7), f.Open(7)
			first := make([]byte, 3)
			if _, err := io.ReadFull(one, first); err != nil || string(first) != "con" {
				t.Errorf("%q, %v", first, err)
			}
			if all, err := io.ReadAll(other); err != nil || string(all) != "content" {
				t.Errorf("%q, %v", all, err)
			}
			if rest, err := io.ReadAll(one); err != nil || string(rest) != "tent" {
				t.Errorf("%q, %v", rest, err)
			}
			one.Close()
			other.Close()
			if err := errors.Join(f.Chmod(0o200), f.Finish()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestScratch(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f, err := Scratch("", "layer")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abandon()
	want(t, "scratch", dir, map[string]string{})
	if _, err := f.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := Scratch(filepath.Join(dir, "gone"), "layer"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestHiddenNames(t *testing.T) {
	for _, base := range []string{"a", "a.tar.gz", strings.Repeat("x", 255), strings.Repeat("ü", 127)} {
		name := hiddenName(base)
		if len(name) > 255 || !isHidden(name, base) || isHidden(name, "z") || isHidden(name+"0", base) ||
			strings.ToValidUTF8(name, "?") != name {
			t.Errorf("%s: %s", base, name)
		}
	}
	if isHidden(".a.mkrootfs-0123456789ABCDEF", "a") || isHidden("a.mkrootfs-0123456789abcdef", "a") {
		t.Error("another form counts as hidden")
	}
}

func TestRemoveStale(t *testing.T) {
	path := t.TempDir()
	at := func(name string) string { return filepath.Join(path, name) }
	const stale, held, tail = ".f.mkrootfs-00000000000000aa", ".f.mkrootfs-00000000000000bb", ".mkrootfs-00000000000000cc"
	outside := filepath.Join(t.TempDir(), "outside")
	var errs []error
	for _, name := range []string{at(stale), at(held), at(".g" + tail), at("f"), at(".f.mkrootfs-short"), outside} {
		errs = append(errs, os.WriteFile(name, nil, 0o400))
	}
	errs = append(errs,
		os.MkdirAll(at(".f.mkrootfs-00000000000000dd/blobs"), 0o700),
		syscall.Mkfifo(at(".f.mkrootfs-00000000000000ee"), 0o600),
		os.Symlink(outside, at(".f.mkrootfs-00000000000000ff")))
	holder, err := os.Open(at(held))
	if err := errors.Join(append(errs, err, tryLock(holder))...); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.RemoveStale("f")
	var left []string
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{
		held,
		".f.mkrootfs-00000000000000ee",
		".f.mkrootfs-00000000000000ff",
		".f.mkrootfs-short",
		".g" + tail,
		"f",
	}; !reflect.DeepEqual(
		left,
		want,
	) {
		t.Errorf("left %q\nwant %q", left, want)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
	holder.Close()
	d.RemoveStale("f")
	if _, err := os.Stat(at(held)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", held, err)
	}
}

// A file that is being written is not stale at any step.
func TestRemoveStaleOwnFiles(t *testing.T) {
	eachKind(t, func(t *testing.T, d *Dir, path, _ string) {
		other, err := OpenDir(path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		f := mustCreate(t, d, "new")
		name, hold, err := d.Mkdir("f")
		if err != nil {
			t.Fatal(err)
		}
		defer hold.Close()
		for _, step := range []func() error{f.Finish, func() error { return f.Stage(d, "f") }, func() error { return nil }} {
			other.RemoveStale("f")
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Commit("f"); err != nil {
			t.Error(err)
		}
		if err := d.Rename(name, "dir"); err != nil {
			t.Error(err)
		}
		want(t, "committed", path, map[string]string{"f": "new", "dir": ""})
	})
}

// A file that RemoveStale of another process locks first is made again.
func TestLockLost(t *testing.T) {
	path := t.TempDir()
	d := &Dir{names: hostNames{}, prefix: path}
	f, err := os.Create(filepath.Join(path, "f"))
	if err != nil {
		t.Fatal(err)
	}
	cleaner, err := os.Open(f.Name())
	if err := errors.Join(err, tryLock(cleaner)); err != nil {
		t.Fatal(err)
	}
	if err := d.claim(f, "f"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	want(t, "claimed in vain", path, map[string]string{})
}

func TestLock(t *testing.T) {
	path := t.TempDir()
	open := func() *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second, third := open(), open(), open()
	defer third.Close()
	if err := Lock(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("no longer")
	cancel(reason)
	if err := Lock(ctx, second); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
	second.Close()
	done := make(chan error)
	go func() { done <- Lock(t.Context(), third) }()
	first.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := tryLock(third); err != nil { // it has the lock: to take it again is nothing
		t.Error(err)
	}
}

func TestCloseCopy(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := CloseCopy(f); err != nil {
		t.Error(err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0); err != nil {
		t.Errorf("closed itself: %v", err)
	}
	f.Close()
	if err := CloseCopy(f); err == nil {
		t.Error("no error of a closed file")
	}
}
