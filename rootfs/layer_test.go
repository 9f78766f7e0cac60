package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// everything is a tree with one of each kind of entry.
func everything(t *testing.T) *Tree {
	t.Helper()
	var tree Tree
	for _, i := range rand.Perm(len(everythingSteps)) {
		must(t, everythingSteps[i](&tree))
	}
	return &tree
}

var everythingSteps = []func(*Tree) error{
	func(t *Tree) error { return t.AddFrom(files(merged()), "/lib/x/libc.so.6", CopyOptions{}) },
	func(t *Tree) error { return t.AddFrom(files(merged()), "/bin/prog", CopyOptions{}) },
	func(t *Tree) error { return t.AddFrom(files(merged()), "/bin/su", CopyOptions{}) },
	func(t *Tree) error { return t.Add(dir("/tmp", ModeOf(0o1777), 0, 0)) },
	func(t *Tree) error { return t.Add(dir("/lib/x-y", 0o750, 70000, 3_000_000)) },
	func(t *Tree) error { return t.Add(file("/lib/x.conf", "conf", 0o644, "conf")) },
	func(t *Tree) error {
		return t.Add(file("/caf\xc3\xa9/"+strings.Repeat("long", 60), "l", 0o600, "long"))
	},
	func(t *Tree) error { return t.Add(file("/odd/caf\xe9\n=", "o", 0o600, "odd")) },
	func(t *Tree) error { return t.Add(link("/odd/l", "caf\xe9\n=", "odd")) },
	func(t *Tree) error {
		return t.Add(
			Entry{
				Path:    "/bin/ping",
				Mode:    0o755,
				Content: Bytes("ping"),
				Xattrs:  map[string]string{capability: "\x01\x00=\n", "user.b": "2", "user.a": "1"},
			},
		)
	},
	func(t *Tree) error { return t.Add(file("/empty", "", 0o644, "empty")) },
	func(t *Tree) error {
		return t.Add(file("/big", string(bytes.Repeat([]byte("0123456789"), 150_000)), 0o644, "big"))
	},
}

// The diffID of a tree is the same for ever: its tar is all ours. The digest of
// the compressed layer may change with the deflate library.
func TestGoldenDiffID(t *testing.T) {
	const want = "sha256:eef953ddf8cc8e4655b10b155fb5ca59db66de9d862ff63896a839d5cea3dc5f"
	for range 5 {
		_, sum := layer(t, everything(t), Options{Timestamp: time.Unix(1_700_000_000, 999)})
		if sum.DiffID != want {
			t.Fatalf("diffID %s, want %s", sum.DiffID, want)
		}
	}
}

func TestLayerContainsTree(t *testing.T) {
	tree := everything(t)
	data, sum := layer(t, tree, Options{Compression: Uncompressed, Timestamp: time.Unix(1_700_000_000, 0)})
	if sum.Digest != sum.DiffID || sum.TarSize != sum.Size {
		t.Errorf("uncompressed, but %+v", sum)
	}
	hs, contents := untar(t, data)
	if sum.Entries != len(hs) || sum.Files != 9 || sum.ContentSize != 1_500_000+4+4+2+4+1+1+4 {
		t.Errorf("%d entries in %+v", len(hs), sum)
	}
	seen := map[string]bool{}
	for i, h := range hs {
		e := tree.Entries()[i]
		name := strings.TrimSuffix(h.Name, "/")
		if "/"+name != e.Path || h.Linkname != e.Linkname || contents[i] != contentOf(t, e) ||
			h.FileInfo().Mode() != e.Mode {
			t.Errorf("%q %v does not hold %v", h.Name, h.FileInfo().Mode(), e.describe())
		}
		if h.Uname != "" || h.Gname != "" || h.ModTime.Unix() != 1_700_000_000 || h.Uid != e.UID || h.Gid != e.GID {
			t.Errorf("%q: %+v", name, h)
		}
		if up := parentOf("/" + name); up != "/" && !seen[up] || seen["/"+name] {
			t.Errorf("%q comes before its parent, or twice", name)
		}
		for k := range h.PAXRecords {
			if k != "path" && k != "linkpath" && k != "gid" && !strings.HasPrefix(k, "SCHILY.xattr.") {
				t.Errorf("%q: record %s", name, k)
			}
		}
		if h.Format == tar.FormatGNU {
			t.Errorf("%q: GNU format", name)
		}
		seen["/"+name] = true
	}
}

func contentOf(t *testing.T, e *Entry) string {
	t.Helper()
	if e.Content == nil || e.Hardlink != "" {
		return ""
	}
	f, err := e.Content.Open()
	must(t, err)
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func TestOrder(t *testing.T) {
	var tree Tree
	for _, p := range []string{"/a-b", "/a/b", "/a/b-c", "/a.b", "/a/b/c", "/a0", "/aa/x"} {
		must(t, tree.Add(dir(p, 0o755, 0, 0)))
	}
	var got []string
	for _, e := range tree.Entries() {
		got = append(got, e.Path)
	}
	if want := "/a /a/b /a/b/c /a/b-c /a-b /a.b /a0 /aa /aa/x"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}

// The same tree gives the same bytes on any number of processors, in any
// directory, under any umask and in any order of claims.
func TestReproducible(t *testing.T) {
	var want []byte
	for i, procs := range []int{1, 2, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		defer syscall.Umask(syscall.Umask([]int{0o022, 0o077, 0o002}[i]))
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "prog"), bytes.Repeat([]byte("prog"), 400_000), 0o777))
		must(t, os.Link(filepath.Join(dir, "prog"), filepath.Join(dir, "also")))
		must(t, os.WriteFile(filepath.Join(dir, "conf"), []byte("conf"), 0o666))
		root := sysroot.Host(dir)
		tree := everything(t)
		must(
			t,
			tree.AddFrom(root, "/prog", CopyOptions{Dest: "/opt/prog"}),
			tree.AddFrom(root, "/also", CopyOptions{Dest: "/opt/also"}),
		)
		must(t, tree.AddFrom(root, "/conf", CopyOptions{Dest: "/etc/conf"}))
		data, _ := layer(t, tree, Options{})
		if want == nil {
			want = data
		}
		if !bytes.Equal(data, want) {
			t.Errorf("%d processors: other bytes", procs)
		}
	}
}

func TestTarSize(t *testing.T) {
	for _, o := range []Options{{}, {Compression: Uncompressed, Timestamp: time.Unix(-5, 0)}, {Timestamp: time.Unix(1<<40, 0)}} {
		for _, tree := range []*Tree{{}, everything(t)} {
			size, err := tree.TarSize(o)
			must(t, err)
			var last int64
			o.Progress = func(n int64) {
				if n < last {
					t.Errorf("progress from %d back to %d", last, n)
				}
				last = n
			}
			if _, sum := layer(t, tree, o); sum.TarSize != size || last != size {
				t.Errorf("%d bytes in the tar, %d in the progress, %d foretold", sum.TarSize, last, size)
			}
		}
	}
}

func TestGzipContainsTar(t *testing.T) {
	tree := everything(t)
	packed, sum := layer(t, tree, Options{Level: 1})
	plain, psum := layer(t, tree, Options{Compression: Uncompressed})
	z, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	back, err := io.ReadAll(z)
	must(t, err)
	if !bytes.Equal(back, plain) || sum.DiffID != psum.Digest || !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("%+v holds another tar than %+v", sum, psum)
	}
	for _, o := range []Options{{Level: 10}, {Level: -1}, {Compression: "lzma"}} {
		if _, err := tree.WriteLayer(context.Background(), io.Discard, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

var errFull = errors.New("no space left")

// fullWriter fails after n bytes.
type fullWriter int

func (w *fullWriter) Write(p []byte) (int, error) {
	n := min(len(p), int(*w))
	*w -= fullWriter(n)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// The goroutines of a writer that fails end: synctest.Test reports those that
// still wait when the test is done.
func TestFullDisk(t *testing.T) {
	tree := everything(t)
	for _, c := range []Compression{Gzip, Uncompressed} {
		packed, _ := layer(t, tree, Options{Compression: c})
		for _, at := range []int{0, 1, 9, 10, 11, 512, 1000, len(packed) / 2, len(packed) - 9, len(packed) - 1} {
			synctest.Test(t, func(t *testing.T) {
				w := fullWriter(at)
				if _, err := tree.WriteLayer(t.Context(), &w, Options{Compression: c}); !errors.Is(err, errFull) {
					t.Errorf("%s, full after %d of %d bytes: %v", c, at, len(packed), err)
				}
			})
		}
	}
}

func TestCancel(t *testing.T) {
	tree := everything(t)
	for _, c := range []Compression{Gzip, Uncompressed} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := Options{Compression: c, Progress: func(n int64) {
				if n > 300_000 {
					cancel()
				}
			}}
			if _, err := tree.WriteLayer(ctx, io.Discard, o); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", c, err)
			}
		})
	}
}

// A file that is not what it was when claimed is an error, and no corrupt tar.
func TestFileChanges(t *testing.T) {
	const size = 600_000
	for name, change := range map[string]func(string) error{
		"shorter":  func(p string) error { return os.Truncate(p, size/2) },
		"empty":    func(p string) error { return os.Truncate(p, 0) },
		"longer":   func(p string) error { return os.Truncate(p, size+1) },
		"touched":  func(p string) error { return os.Chtimes(p, time.Time{}, time.Unix(5, 0)) },
		"gone":     os.Remove,
		"replaced": func(p string) error { return errors.Join(os.Remove(p), os.WriteFile(p, make([]byte, size), 0o644)) },
		"a directory": func(p string) error {
			return errors.Join(os.Remove(p), os.Mkdir(p, 0o755))
		},
	} {
		for _, during := range []bool{false, true} {
			if during && (name == "gone" || name == "replaced" || name == "a directory") {
				continue // the open file is what it was
			}
			t.Run(fmt.Sprintf("%s during=%v", name, during), func(t *testing.T) {
				dir := t.TempDir()
				p := filepath.Join(dir, "file")
				must(t, os.WriteFile(p, make([]byte, size), 0o644), os.Chtimes(p, time.Time{}, time.Unix(9, 0)))
				var tree Tree
				must(t, tree.AddFrom(sysroot.Host(dir), "/file", CopyOptions{}))
				if !during {
					must(t, change(p))
				}
				o := Options{Progress: func(n int64) {
					if during && n > 512 && n < size {
						must(t, change(p))
					}
				}}
				_, err := tree.WriteLayer(context.Background(), io.Discard, o)
				if err == nil || !strings.HasPrefix(err.Error(), "/file: ") {
					t.Fatalf("%v", err)
				}
				if !errors.Is(err, sysroot.ErrChanged) && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

func TestUnreadable(t *testing.T) {
	var tree Tree
	must(t, tree.Add(Entry{Path: "/x", Size: 3, Content: broken{}}))
	if _, err := tree.WriteLayer(context.Background(), io.Discard, Options{}); errText(err) != "/x: permission denied" {
		t.Errorf("%v", err)
	}
}

type broken struct{}

func (broken) Open() (File, error) {
	return nil, &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}
}
