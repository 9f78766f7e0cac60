package rootfs

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestFS(t *testing.T) {
	tree := everything(t)
	root := sysroot.New(tree.FS())
	if sysroot.New(tree.FS()) != root {
		t.Error("another root for the same tree")
	}
	n, err := root.Walk("/lib/x/libc.so.6")
	must(t, err)
	if n.Real != "/usr/lib/x/libc.so.6" || n.Info.Size() != 4 || n.Info.Mode() != 0o755 ||
		n.Info.Name() != "libc.so.6" {
		t.Errorf("%s, %v", n.Real, n.Info)
	}
	f, err := root.OpenNode(n)
	must(t, err)
	defer f.Close()
	buf := make([]byte, 2)
	if _, err := f.ReadAt(buf, 2); err != nil || string(buf) != "bc" {
		t.Errorf("%q, %v", buf, err)
	}
	if info, err := f.Stat(); err != nil || info.Name() != "libc.so.6" || info.Mode() != 0o755 {
		t.Errorf("%v, %v", info, err)
	}
	if data, err := fs.ReadFile(tree.FS(), "bin/prog"); err != nil || string(data) != "prog" {
		t.Errorf("%q, %v", data, err)
	}
	var names []string
	must(t, fs.WalkDir(tree.FS(), ".", func(p string, _ fs.DirEntry, err error) error {
		names = append(names, "/"+p)
		return err
	}))
	slices.SortFunc(names, sysroot.ComparePaths)
	if got := len(names); got != len(tree.Entries())+1 {
		t.Errorf("%d names for %d entries", got, len(tree.Entries()))
	}
}

func TestFSErrors(t *testing.T) {
	f := everything(t).FS()
	for name, want := range map[string]error{
		"nothing": syscall.ENOENT, "lib/x/libc.so.6/x": syscall.ENOTDIR, "empty/": syscall.ENOTDIR,
	} {
		if _, err := f.Open(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := f.ReadLink("empty"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("ReadLink of a file: %v", err)
	}
	d, err := f.Open("odd")
	must(t, err)
	one, err := d.(fs.ReadDirFile).ReadDir(1)
	more, more2 := d.(fs.ReadDirFile).ReadDir(5)
	if len(one) != 1 || err != nil || len(more) != 1 || more2 != nil {
		t.Errorf("%v %v, then %v %v", one, err, more, more2)
	}
	if _, err := d.(fs.ReadDirFile).ReadDir(5); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if _, err := d.Read(nil); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("Read of a directory: %v", err)
	}
}

func TestFSIdentity(t *testing.T) {
	src := linked(t)
	var tree Tree
	must(
		t,
		tree.AddFrom(src, "/lib/b", CopyOptions{}),
		tree.AddFrom(src, "/lib/c", CopyOptions{}),
		tree.AddFrom(src, "/lib/other", CopyOptions{}),
	)
	ids := map[string]sysroot.ID{}
	for _, name := range []string{"lib/b", "lib/c", "lib/other", "lib"} {
		info, err := tree.FS().Lstat(name)
		must(t, err)
		ids[name], _, _ = sysroot.FileID(info)
	}
	if ids["lib/b"] != ids["lib/c"] || ids["lib/b"] == ids["lib/other"] || ids["lib"] == ids["lib/b"] {
		t.Errorf("%v", ids)
	}
	// A tree that is copied from a tree is the same tree.
	var again Tree
	_, err := again.Copy(t.Context(), tree.FS(), "/", CopyOptions{Dest: "/"})
	must(t, err)
	want(t, &again, show(t, &tree))
	_, a := layer(t, &tree, Options{})
	_, b := layer(t, &again, Options{})
	if a.Digest != b.Digest {
		t.Errorf("%v, then %v", a, b)
	}
}

func TestEmptyTree(t *testing.T) {
	var tree Tree
	must(t, tree.Check())
	if list, err := fs.ReadDir(tree.FS(), "."); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if data, _ := layer(
		t,
		&tree,
		Options{Compression: Uncompressed},
	); strings.Trim(string(data), "\x00") != "" ||
		len(data) != 1024 {
		t.Errorf("%d bytes", len(data))
	}
}
