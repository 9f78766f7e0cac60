package elfdeps

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// unreadPaths returns the paths of the errors of a closure that wrap err.
func unreadPaths(err error, c *Closure) (paths []string) {
	for _, e := range c.Errors {
		unread, interp, fatal := new(ReadError), new(InterpreterError), new(FatalError)
		switch {
		case !errors.Is(e, err):
		case errors.As(e, &unread):
			paths = append(paths, unread.Path)
		case errors.As(e, &interp):
			paths = append(paths, interp.Interp)
		case errors.As(e, &fatal) && fatal.Path != fatal.NeededBy:
			paths = append(paths, fatal.Path)
		}
	}
	return paths
}

// A file that cannot be read, for any reason but that it is absent, is one error,
// and the search goes on as the loader's would.
func TestUnreadable(t *testing.T) {
	const program = "exe needs=liba.so runpath=/r:/lib"
	hwcaps := func(w tree) tree {
		w[glibcLoader] = levelsLoader
		return w
	}
	for _, tc := range []struct {
		name   string
		tree   tree
		ask    Resolver
		fail   string
		path   string // that is reported; "" for none
		opened string // what is found nonetheless
	}{
		{name: "nothing", fail: "lstat nowhere", opened: "/lib/liba.so"},
		{name: "the program", fail: "lstat bin/t", path: "/bin/t"},
		{name: "to open the program", fail: "open bin/t", path: "/bin/t"},
		{name: "to read the program", fail: "read bin/t", path: "/bin/t"},
		{name: "the interpreter", fail: "lstat " + glibcLoader[1:], path: glibcLoader},
		{name: "to open the interpreter", fail: "open " + glibcLoader[1:], path: glibcLoader},
		{name: "to read the interpreter", fail: "read " + glibcLoader[1:], path: glibcLoader},
		{name: "a candidate", tree: tree{"/r/x": "text"}, fail: "lstat r/liba.so", path: "/r/liba.so"},
		{name: "to open a candidate", tree: tree{"/r/liba.so": "lib"}, fail: "open r/liba.so", path: "/r/liba.so", opened: "/lib/liba.so"},
		{name: "to read a candidate", tree: tree{"/r/liba.so": "lib"}, fail: "read r/liba.so", path: "/r/liba.so"},
		{name: "a candidate's link", tree: tree{"/r/liba.so": "-> ../lib/liba.so"}, fail: "readlink r/liba.so", path: "/r/liba.so"},
		{name: "a directory", tree: tree{"/r/x": "text"}, fail: "lstat r", path: "/r", opened: "/lib/liba.so"},
		{name: "a default directory", tree: tree{"/bin/t": "exe needs=liba.so", "/usr/lib/liba.so": "lib", "/lib/liba.so": "text "}, fail: "lstat lib", path: "/lib", opened: "/usr/lib/liba.so"},
		{name: "capability subdirectories", tree: hwcaps(tree{"/lib/glibc-hwcaps/x86-64-v2/liba.so": "lib"}), fail: "lstat lib/glibc-hwcaps", path: "/lib/glibc-hwcaps", opened: "/lib/liba.so"},
		{name: "one of them", tree: hwcaps(tree{"/lib/glibc-hwcaps/x86-64-v2/liba.so": "lib"}), fail: "lstat lib/glibc-hwcaps/x86-64-v2", path: "/lib/glibc-hwcaps/x86-64-v2", opened: "/lib/liba.so"},
		{name: "LD_LIBRARY_PATH", ask: Resolver{LibraryPath: "/e"}, fail: "lstat e", path: "/e", opened: "/lib/liba.so"},
		{name: "ld.so.cache", fail: "lstat etc/ld.so.cache", tree: tree{"/bin/t": "exe needs=liba.so"}, path: "/etc/ld.so.cache", opened: "/lib/liba.so"},
		{name: "to open ld.so.cache", tree: tree{"/bin/t": "exe needs=liba.so", "/etc/ld.so.cache": "text x"}, fail: "open etc/ld.so.cache", path: "/etc/ld.so.cache", opened: "/lib/liba.so"},
		{name: "to read ld.so.cache", tree: tree{"/bin/t": "exe needs=liba.so", "/etc/ld.so.cache": "text x"}, fail: "read etc/ld.so.cache", path: "/etc/ld.so.cache", opened: "/lib/liba.so"},
		{name: "ld.so.preload", fail: "lstat etc/ld.so.preload", path: "/etc/ld.so.preload", opened: "/lib/liba.so"},
		{name: "to read ld.so.preload", tree: tree{"/etc/ld.so.preload": "text x"}, fail: "read etc/ld.so.preload", path: "/etc/ld.so.preload", opened: "/lib/liba.so"},
		{name: "what is preloaded", ask: Resolver{Preload: "/x.so"}, fail: "lstat x.so", path: "/x.so", opened: "/lib/liba.so"},
		{name: "an audit module", ask: Resolver{Audit: "/x.so"}, fail: "lstat x.so", path: "/x.so", opened: "/lib/liba.so"},
		{name: "file capabilities", ask: Resolver{LibraryPath: "/e"}, fail: "getxattr bin/t", path: "/bin/t", opened: "/lib/liba.so"},
		{name: "a .path file", tree: tree{"/bin/t": "musl needs=liba.so"}, fail: "lstat etc/ld-musl-x86_64.path", path: "/etc/ld-musl-x86_64.path"},
		{name: "to read a .path file", tree: tree{"/bin/t": "musl needs=liba.so", "/etc/ld-musl-x86_64.path": "text /lib"}, fail: "read etc/ld-musl-x86_64.path", path: "/etc/ld-musl-x86_64.path"},
		{name: "musl's candidate", tree: tree{"/bin/t": "musl needs=liba.so"}, ask: Resolver{LibraryPath: "/e"}, fail: "lstat e/liba.so", path: "/e/liba.so"},
		{name: "a script's interpreter", tree: tree{"/bin/t": "text #!/bin/sh"}, fail: "lstat bin/sh", path: "/bin/sh"},
		{name: "a directory of PATH", tree: tree{"/bin/t": "text #!/usr/bin/env sh", "/usr/bin/env": "static", "/b/sh": "static"}, ask: Resolver{Path: "/a:/b"}, fail: "lstat a", path: "/a/sh", opened: "/b/sh"},
		{name: "a socket", tree: tree{"/r/liba.so": "socket"}, fail: "open r/liba.so", opened: "/r"},
		{name: "a directory in a library's place", tree: tree{"/r/liba.so": "dir"}, fail: "open r/liba.so", opened: "/r"},
	} {
		for _, errno := range []error{syscall.EIO, syscall.EMFILE, syscall.EACCES, syscall.ENOMEM} {
			t.Run(tc.name+"/"+errno.Error(), func(t *testing.T) {
				w := tree{glibcLoader: "ld", muslLoader: "lib", "/bin/t": program, "/lib/liba.so": "lib", "/e/x": "text", "/etc/x": "text"}
				for name, spec := range tc.tree {
					w[name] = spec
				}
				r := tc.ask
				r.FS = testfs.FS{MapFS: w.build(t), Fail: map[string]error{tc.fail: errno}}
				for range 2 { // what it remembers is an error again
					c, err := r.Resolve(t.Context(), "/bin/t")
					got := unreadPaths(errno, c)
					if want := strings.Fields(tc.path); !slices.Equal(got, want) || errors.Is(err, errno) != (tc.path != "") {
						t.Errorf("reported %q, want %q: %v", got, want, err)
					}
					if tc.opened != "" && tc.opened != "/r" && !slices.Contains(c.Opened, tc.opened) {
						t.Errorf("opened %q, not %s", c.Opened, tc.opened)
					}
				}
			})
		}
	}
}

// A file that is absent, or not a file, is not an error.
func TestAbsent(t *testing.T) {
	for _, errno := range []error{syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG} {
		w := tree{glibcLoader: "ld", "/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/x": "text"}
		r := Resolver{FS: testfs.FS{MapFS: w.build(t), Fail: map[string]error{"lstat etc/ld.so.cache": errno, "lstat etc/ld.so.preload": errno}}}
		if _, err := r.Resolve(t.Context(), "/bin/t"); err != nil {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

// question asks r for the file at path, and it something.
func question(ctx context.Context, r *Resolver, path string, ask func(*elffile.File) error) error {
	f, err := r.File(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	return ask(f)
}

func imports(f *elffile.File) error     { _, err := f.Imports(); return err }
func dlopenHints(f *elffile.File) error { _, err := f.DlopenHints(); return err }
func dlopenNotes(f *elffile.File) error { _, err := f.DlopenNotes(); return err }
func isGo(f *elffile.File) error        { _, err := f.IsGo(); return err }
func literals(f *elffile.File) error    { return f.Literals(func([]byte) bool { return true }) }

// The methods of a File fail with the errno, too.
func TestUnreadableFile(t *testing.T) {
	w := tree{glibcLoader: "ld", "/bin/t": "exe needs=liba.so symbols=x", "/lib/liba.so": "lib"}
	for _, op := range []string{"lstat", "open", "read"} {
		r := &Resolver{FS: testfs.FS{MapFS: w.build(t), Fail: map[string]error{op + " bin/t": syscall.EIO}}}
		ctx := t.Context()
		for name, call := range map[string]func() error{
			"Probe":       func() error { _, err := r.Probe(ctx, "/bin/t"); return err },
			"File":        func() error { _, err := r.File(ctx, "/bin/t"); return err },
			"Imports":     func() error { return question(ctx, r, "/bin/t", imports) },
			"Literals":    func() error { return question(ctx, r, "/bin/t", literals) },
			"DlopenHints": func() error { return question(ctx, r, "/bin/t", dlopenHints) },
			"DlopenNotes": func() error { return question(ctx, r, "/bin/t", dlopenNotes) },
			"IsGo":        func() error { return question(ctx, r, "/bin/t", isGo) },
		} {
			if err := call(); !errors.Is(err, syscall.EIO) {
				t.Errorf("%s after %s: %v", name, op, err)
			}
		}
	}
}

// A call ends soon after its context, and no part of its result is remembered.
func TestCancelled(t *testing.T) {
	big := elftest.File{Needed: []string{"libc.so"}, Symbols: []elftest.Symbol{{Name: "dlopen"}}, Payload: make([]byte, 1<<20)}
	fsys := tree{glibcLoader: "ld", "/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib"}.build(t)
	fsys["x"] = &fstest.MapFile{Data: big.Bytes(), Mode: 0o755}
	for name, call := range map[string]func(context.Context, *Resolver) error{
		"Resolve":     func(ctx context.Context, r *Resolver) error { _, err := r.Resolve(ctx, "/bin/t"); return err },
		"Probe":       func(ctx context.Context, r *Resolver) error { _, err := r.Probe(ctx, "/bin/t"); return err },
		"Imports":     func(ctx context.Context, r *Resolver) error { return question(ctx, r, "/x", imports) },
		"DlopenHints": func(ctx context.Context, r *Resolver) error { return question(ctx, r, "/x", dlopenHints) },
		"DlopenNotes": func(ctx context.Context, r *Resolver) error { return question(ctx, r, "/x", dlopenNotes) },
		"IsGo":        func(ctx context.Context, r *Resolver) error { return question(ctx, r, "/x", isGo) },
		"Literals":    func(ctx context.Context, r *Resolver) error { return question(ctx, r, "/x", literals) },
		"Libc": func(ctx context.Context, r *Resolver) error {
			_, err := r.Libc(ctx, &Closure{Objects: []*Object{{Path: glibcLoader, Kind: Interpreter}}})
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := &Resolver{FS: fsys}
		if err := call(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if err := call(t.Context(), r); err != nil {
			t.Errorf("%s once more: %v", name, err)
		}
	}
}

// A search for strings ends with the piece after its context has ended.
func TestCancelledHalfway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	data := elftest.File{Static: true, Payload: []byte(strings.Repeat("abc\x00", 1<<20))}.Bytes()
	n := 0
	r := &Resolver{FS: fstest.MapFS{"x": &fstest.MapFile{Data: data, Mode: 0o755}}}
	f, err := r.File(ctx, "/x")
	if err != nil {
		t.Fatal(err)
	}
	err = f.Literals(func([]byte) bool {
		n++
		cancel()
		return true
	})
	if !errors.Is(err, context.Canceled) || n > 64<<10 {
		t.Errorf("%d strings, %v", n, err)
	}
}
