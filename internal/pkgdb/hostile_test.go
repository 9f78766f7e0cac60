package pkgdb

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// everything calls all methods of a database.
func everything(ctx context.Context, fsys fs.ReadLinkFS, pkg string) error {
	db, err := Open(ctx, fsys)
	if err != nil {
		return err
	}
	if _, err := db.Files(ctx, pkg, Options{}); err != nil {
		return err
	}
	if _, err := db.Owners(ctx, "/usr/bin/none", "/usr/bin", "/opt/x"); err != nil {
		return err
	}
	if _, err := db.extra(ctx, pkg, Options{}); err != nil {
		return err
	}
	if _, err := db.Programs(ctx, "dash", "libgone1"); err != nil {
		return err
	}
	if _, err := db.ProgramsOf(ctx, pkg); err != nil {
		return err
	}
	if _, err := db.Depends(ctx, pkg); err != nil {
		return err
	}
	if _, err := db.Providers(ctx, "libgone.so.1", "libzstd.so.1"); err != nil {
		return err
	}
	return nil
}

// databases returns a system of each kind, by the name of a package that it has.
func databases(t *testing.T) map[string]fstest.MapFS {
	return map[string]fstest.MapFS{
		"dash": tree(dpkgTree(), map[string]string{
			"var/lib/apt/lists/x_Packages": "Package: libgone1\n", "var/lib/apt/lists/x_Contents-amd64": "usr/lib/x y\n",
			"var/lib/dpkg/info/bash.symbols": "libx.so.1 x\n", "usr/bin/dash": "",
			"var/lib/ucf/registry": "dash \t /etc/dash.conf\n", "etc/dash.conf": "",
			"var/lib/dpkg/alternatives/sh": "auto\n/usr/bin/any-sh\n\n", "etc/alternatives/sh": "-> /bin/dash", "usr/bin/any-sh": "-> /etc/alternatives/sh",
		}),
		"x":    tree(map[string]string{"var/lib/dpkg/status.d/x": "Package: x\n", "var/lib/dpkg/status.d/x.md5sums": "0  a\n"}),
		"musl": tree(map[string]string{"lib/apk/db/installed": apkDatabase, "var/cache/apk/APKINDEX.x.tar.gz": apkIndex(t, "P:x\np:so:libgone.so.1\n")}),
		"rpm": tree(map[string]string{
			"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "var/lib/rpm/rpmdb.sqlite-wal": rpmFixture(t, "rpmdb.sqlite-wal"),
			"var/cache/dnf/a/repodata/primary.xml.gz": "",
		}),
	}
}

// TestNoErrorMeansAbsent lets each call of the file system fail in turn. The error must be
// returned, and not be taken for a missing file.
func TestNoErrorMeansAbsent(t *testing.T) {
	for pkg, fsys := range databases(t) {
		var asked []string
		if err := everything(t.Context(), testfs.FS{MapFS: fsys, Asked: &asked}, pkg); err != nil {
			t.Fatal(pkg, err)
		}
		slices.Sort(asked)
		asked = slices.Compact(asked)
		for i, question := range asked {
			with := []error{syscall.EIO, syscall.EMFILE, syscall.EACCES}[i%3]
			err := everything(t.Context(), testfs.FS{MapFS: fsys, Fail: map[string]error{question: with}}, pkg)
			var at *fs.PathError
			if !errors.Is(err, with) || !errors.As(err, &at) {
				t.Errorf("%s: %v at %s: %v", pkg, with, question, err)
			}
		}
		if len(asked) < 10 {
			t.Errorf("%s: %d questions", pkg, len(asked))
		}
	}
}

// endless is a file system in which one file has size bytes that repeat a line. Reading it
// calls cancel.
type endless struct {
	fstest.MapFS
	name   string
	line   string
	size   int64
	cancel func()
	read   *int64
}

type endlessFile struct {
	fs.File
	endless
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

func (e endless) Lstat(name string) (fs.FileInfo, error) {
	info, err := e.MapFS.Lstat(name)
	if name == e.name && err == nil {
		info = sized{info, e.size}
	}
	return info, err
}

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	if name == e.name && err == nil {
		f = endlessFile{f, e}
	}
	return f, err
}

func (f endlessFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return sized{info, f.size}, err
}

func (f endlessFile) Read(b []byte) (int, error) {
	for at := 0; at < len(b); at += len(f.line) {
		copy(b[at:], f.line)
	}
	*f.read += int64(len(b))
	if f.cancel != nil {
		f.cancel()
	}
	return len(b), nil
}

func (f endlessFile) ReadAt(b []byte, _ int64) (int, error) { return f.Read(b) }

// TestCancelledMeanwhile checks that reading stops within a few buffers after the context
// ended, in every file.
func TestCancelledMeanwhile(t *testing.T) {
	gz := apkIndex(t, strings.Repeat("\n", 1<<16))
	for name, line := range map[string]string{
		"var/lib/dpkg/status": "\n", "var/lib/dpkg/diversions": "\n", "var/lib/dpkg/info/dash.list": "/a\n", "var/lib/dpkg/info/bash.symbols": "\n",
		"var/lib/ucf/registry": "\n", "var/lib/dpkg/alternatives/sh": "a\n",
		"var/lib/apt/lists/x_Packages": "\n", "var/lib/apt/lists/x_Contents-amd64": "x\n", "lib/apk/db/installed": "\n", "var/cache/apk/APKINDEX.x.tar.gz": gz,
	} {
		for pkg, fsys := range databases(t) {
			if fsys[name] == nil {
				continue
			}
			ctx, cancel := context.WithCancel(t.Context())
			var read int64
			err := everything(ctx, endless{fsys, name, line, 32 << 20, cancel, &read}, pkg)
			if !errors.Is(err, context.Canceled) || read > 4*lineBuffer {
				t.Errorf("%s: %v after %d bytes", name, err, read)
			}
			cancel()
		}
	}
}

// TestLimits checks the errors for files that are larger than the limits.
func TestLimits(t *testing.T) {
	for _, tc := range []struct {
		name, line string
		size       int64
		want       string
	}{
		{"var/lib/dpkg/status", "\n", 1 << 40, "/var/lib/dpkg/status: larger than 64 MiB"},
		{"var/lib/dpkg/status", "Package: a\nStatus: a b c\n\n", maxFile, "more than 24 MiB of memory"},
		{"var/lib/dpkg/info/dash.list", "/", 1 << 40, "dash.list: larger than 64 MiB"},
		{"var/lib/dpkg/info/dash.list", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", maxFile, "more than 24 MiB of memory"},
		{"var/lib/apt/lists/x_Packages", "Package: libgone1\n", 1 << 40, "/var/lib/apt/lists: larger than 1024 MiB"},
		{"lib/apk/db/installed", "P:x\n\n", 1 << 40, "/lib/apk/db/installed: larger than 64 MiB"},
		{"lib/apk/db/installed", "P:x\n\n", maxFile, "more than 24 MiB of memory"},
		{"var/lib/rpm/rpmdb.sqlite", "x", 1 << 40, "rpmdb.sqlite: larger than 512 MiB"},
		{"var/lib/rpm/rpmdb.sqlite-wal", "x", 1 << 40, "log: larger than 64 MiB"},
	} {
		for pkg, fsys := range databases(t) {
			if fsys[tc.name] == nil {
				continue
			}
			err := everything(t.Context(), endless{fsys, tc.name, tc.line, tc.size, nil, new(int64)}, pkg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s of %d bytes: %v", tc.name, tc.size, err)
			}
		}
	}
}

// TestManyEntries checks the error for a directory with too many entries.
func TestManyEntries(t *testing.T) {
	files := map[string]string{}
	for i := range maxEntries + 1 {
		files["var/lib/dpkg/status.d/"+string(rune('a'+i%26))+strings.Repeat("0", i/26%200)+string(rune('a'+i/5200))] = ""
	}
	if len(files) != maxEntries+1 {
		t.Fatal(len(files), "names")
	}
	if _, err := Open(t.Context(), tree(files)); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Error(err)
	}
}

// TestNamesOfProviders checks that invalid package names are not returned.
func TestNamesOfProviders(t *testing.T) {
	for name, want := range map[string]bool{"libstdc++6": true, "python3.11-minimal": true, "a": true, "": false, "-x": false, "x;y": false, "a b": false, "\x1b": false, "$(x)": false} {
		if isName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	w := newWanted([]string{"x"})
	for i := range 2 * maxFound {
		w.add("x", Provider{Package: strings.Repeat("p", i+1)})
	}
	if len(w.found["x"]) != maxFound {
		t.Error(len(w.found["x"]))
	}
}

// TestLongLines checks that only lines that are longer than the buffer are skipped.
func TestLongLines(t *testing.T) {
	text := bytes.Join([][]byte{[]byte("a"), bytes.Repeat([]byte{'x'}, 3*lineBuffer), []byte("b"), nil, bytes.Repeat([]byte{'y'}, lineBuffer-1), []byte("c")}, []byte{'\n'})
	var got []string
	err := newReader(nil).each(t.Context(), bytes.NewReader(text), newBudget(1<<30, "x"), func(line []byte) error {
		got = append(got, string(line[:min(len(line), 1)]))
		return nil
	})
	if want := []string{"a", "b", "", "y", "c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	var size *bounded.SizeError
	if err := newReader(nil).each(t.Context(), bytes.NewReader(text), newBudget(1<<19, "x"), func([]byte) error { return nil }); !errors.As(err, &size) {
		t.Error(err)
	}
}
