package sysroot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// makeTree writes files, by name, into a new directory; "-> x" is a symlink.
func makeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(to, at)
		} else {
			err = os.WriteFile(at, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

// TestExchangedDirectory checks that all functions return ErrChanged for a directory that
// was replaced by a symlink after a walk.
func TestExchangedDirectory(t *testing.T) {
	accesses := map[string]func(*Root) error{
		"walk":    func(r *Root) error { _, err := r.Walk("/a/b/f"); return err },
		"lstat":   func(r *Root) error { _, err := r.Lstat("/a/b/f"); return err },
		"link":    func(r *Root) error { _, err := r.ReadLink("/a/b/l"); return err },
		"readdir": func(r *Root) error { _, err := r.ReadDir("/a/b"); return err },
		"open":    func(r *Root) error { _, err := r.Open("/a/b/f"); return err },
		"xattr":   func(r *Root) error { _, err := r.Xattr("/a/b/f", "security.capability"); return err },
		"root":    func(r *Root) error { _, _, err := r.OpenRoot("/a/b"); return err },
	}
	for name, access := range accesses {
		t.Run(name, func(t *testing.T) {
			dir := makeTree(
				t,
				map[string]string{
					"a/b/f":   "own",
					"a/b/l":   "-> f",
					"out/b/f": "secret",
					"out/b/l": "-> secret",
					"swap":    "-> out",
				},
			)
			r := Host(dir)
			if _, err := r.Walk("/a/b"); err != nil {
				t.Fatal(err)
			}
			r.fsys.(*hostFS).dirs.open.closeOldestBut(".")
			rename(t, dir, "a", "was")
			rename(t, dir, "swap", "a")
			if err := access(r); !errors.Is(err, ErrChanged) {
				t.Errorf("%v, want %v", err, ErrChanged)
			}
		})
	}
}

// closeOldestBut closes every directory except keep, as if many others had been
// opened since.
func (o *openDirs) closeOldestBut(keep string) {
	for name, e := range o.byDir {
		if name != keep {
			_ = syscall.Close(e.Value.(*openedDir).fd)
			o.order.Remove(e)
			delete(o.byDir, name)
		}
	}
}

// An open directory stays the same one when it is renamed.
func TestOpenDirectoryStays(t *testing.T) {
	dir := makeTree(t, map[string]string{"a/f": "own", "out/f": "secret", "swap": "-> out"})
	r := Host(dir)
	if _, err := r.Walk("/a/f"); err != nil {
		t.Fatal(err)
	}
	rename(t, dir, "a", "was")
	rename(t, dir, "swap", "a")
	data, err := fs.ReadFile(r, "a/f")
	if err != nil || string(data) != "own" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestOpenRoot(t *testing.T) {
	dir := makeTree(t, map[string]string{"top/f": "own", "link": "-> top", "out/f": "secret", "swap": "-> out"})
	inside, real, err := Host(dir).OpenRoot("/link")
	if err != nil || real != "/top" {
		t.Fatal(real, err)
	}
	// If the first user opened the top, two goroutines could take the same
	// descriptor, and one of them close it.
	open := inside.fsys.(*hostFS).dirs.open
	if d := open.find("."); d == nil || d.uses != 1 {
		t.Fatalf("the top: %+v", d)
	}
	rename(t, dir, "top", "was")
	rename(t, dir, "swap", "top")
	data, err := fs.ReadFile(inside, "f")
	if err != nil || string(data) != "own" {
		t.Errorf("%q, %v", data, err)
	}
	if _, _, err := Host(dir).OpenRoot("/out/f"); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file: %v", err)
	}
	if _, _, err := New(tree(map[string]string{"d/": ""})).OpenRoot("/d"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("not of this machine: %v", err)
	}
}

// A file that is rewritten with its size and time of modification is recognized by
// the time of its last change, a file that replaced it by its identity.
func TestOpenNodeChanged(t *testing.T) {
	for name, change := range map[string]func(file string, when time.Time) error{
		"rewritten": func(file string, when time.Time) error {
			return errors.Join(os.WriteFile(file, []byte("new"), 0o600), os.Chtimes(file, when, when))
		},
		"replaced": func(file string, when time.Time) error {
			return errors.Join(os.WriteFile(file+"2", []byte("old"), 0o600), os.Chtimes(file+"2", when, when), os.Rename(file+"2", file))
		},
		"linked": func(file string, _ time.Time) error {
			return errors.Join(os.Remove(file), os.Symlink("/etc/passwd", file))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := makeTree(t, map[string]string{"f": "old"})
			r := Host(dir)
			n, err := r.Walk("/f")
			if err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(dir, "f"), n.Info.ModTime()); err != nil {
				t.Fatal(err)
			}
			if _, err := r.OpenNode(n); !errors.Is(err, ErrChanged) {
				t.Errorf("opened: %v", err)
			}
		})
	}
}

// Many goroutines read many directories with few descriptors.
func TestDescriptorsAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 4 * maxDirs {
		files[fmt.Sprintf("d%d/e/f", i)] = fmt.Sprint(i)
	}
	r := Host(makeTree(t, files))
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for i := range 4 * maxDirs {
				data, err := fs.ReadFile(r, fmt.Sprintf("d%d/e/f", i))
				if err != nil || string(data) != fmt.Sprint(i) {
					t.Errorf("%d: %q, %v", i, data, err)
				}
			}
		})
	}
	readers.Wait()
	if n := r.fsys.(*hostFS).dirs.open.order.Len(); n > maxDirs+8 {
		t.Errorf("%d directories are open", n)
	}
}

// A directory that can be searched but not listed can be used.
func TestSearchableDirectory(t *testing.T) {
	dir := makeTree(t, map[string]string{"a/b/f": "x"})
	if err := os.Chmod(filepath.Join(dir, "a"), 0o311); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "a"), 0o700) }) // so that it can be removed
	if _, err := Host(dir).Walk("/a/b/f"); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for err, absent := range map[error]bool{
		syscall.ENOENT: true, syscall.ENOTDIR: true, syscall.ELOOP: true, syscall.ENAMETOOLONG: true, fs.ErrNotExist: true,
		syscall.EACCES: false, syscall.EIO: false, syscall.EMFILE: false, ErrChanged: false, nil: false,
	} {
		if IsAbsent(err) != absent {
			t.Errorf("%v: absent is %v", err, !absent)
		}
	}
	r := Host(filepath.Join(t.TempDir(), "none"))
	if _, err := r.Walk("/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no top: %v", err)
	}
}

// List and LinkText take a real path; a symlink on the way is a change.
func TestRealPathsAreNotFollowed(t *testing.T) {
	r := Host(makeTree(t, map[string]string{"dir/f": "x", "dir/l": "-> f", "link": "-> dir"}))
	if list, err := r.List("/dir"); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	if text, err := r.LinkText("/dir/l"); err != nil || text != "f" {
		t.Errorf("%q, %v", text, err)
	}
	for _, name := range []string{"/link", "/link/x", "/dir/f", "/none"} {
		if list, err := r.List(name); !errors.Is(err, ErrChanged) {
			t.Errorf("list %s: %v, %v", name, list, err)
		}
	}
	for _, name := range []string{"/link/l", "/dir/f", "/none"} {
		if text, err := r.LinkText(name); !errors.Is(err, ErrChanged) {
			t.Errorf("link %s: %q, %v", name, text, err)
		}
	}
}
