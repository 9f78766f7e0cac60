package rootfs

import (
	"archive/tar"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// linked returns a file system with one file under three names.
func linked(t *testing.T) *sysroot.Root {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.MkdirAll(at("lib"), 0o755), os.MkdirAll(at("tree/sub"), 0o755))
	must(t, os.WriteFile(at("lib/b"), []byte("same"), 0o644), os.WriteFile(at("lib/other"), []byte("same"), 0o644))
	must(t, os.Chmod(at("lib/b"), 0o644), os.Chmod(at("tree/sub"), 0o755), os.Chmod(at("tree"), 0o755))
	must(
		t,
		os.Link(at("lib/b"), at("lib/c")),
		os.Link(at("lib/b"), at("tree/sub/a")),
		os.Link(at("lib/b"), at("tree/z")),
	)
	return sysroot.Host(dir)
}

func TestHardLinks(t *testing.T) {
	src := linked(t)
	steps := []func(*Tree) error{
		func(t *Tree) error { return t.AddFrom(src, "/lib/c", CopyOptions{}) },
		func(t *Tree) error { return t.AddFrom(src, "/lib/b", CopyOptions{}) },
		func(t *Tree) error { return t.AddFrom(src, "/lib/other", CopyOptions{}) },
		func(t *Tree) error { return t.AddFrom(src, "/lib/c", CopyOptions{Dest: "/opt/c"}) },
		func(t *Tree) error { return t.AddFrom(src, "/lib/c", CopyOptions{Dest: "/opt/mine", UID: ptr(9)}) },
		func(tree *Tree) error {
			_, err := tree.Copy(t.Context(), src, "/tree", CopyOptions{Dest: "/one"})
			return err
		},
		func(tree *Tree) error {
			_, err := tree.Copy(t.Context(), src, "/tree", CopyOptions{Dest: "/two"})
			return err
		},
		// Equal bytes without an identity change nothing.
		func(t *Tree) error { return t.Add(file("/lib/b", "same", 0o644, "again")) },
	}
	for range 20 {
		var tree Tree
		for _, i := range rand.Perm(len(steps)) {
			must(t, steps[i](&tree))
		}
		must(t, tree.Check())
		want(t, &tree, map[string]string{
			"/lib": "dir 0755", "/opt": "dir 0755", "/one": "dir 0755", "/one/sub": "dir 0755", "/two": "dir 0755", "/two/sub": "dir 0755",
			"/lib/b": "file 0644 same", "/lib/c": "link /lib/b", "/lib/other": "file 0644 same", "/opt/c": "link /lib/b",
			"/opt/mine":  "file 0644 same 9:0",
			"/one/sub/a": "file 0644 same", "/one/z": "link /one/sub/a",
			"/two/sub/a": "file 0644 same", "/two/z": "link /two/sub/a",
		})
	}
}

func TestHardLinksInTheLayer(t *testing.T) {
	var tree Tree
	_, err := tree.Copy(t.Context(), linked(t), "/", CopyOptions{Dest: "/"})
	must(t, err)
	data, sum := layer(t, &tree, Options{Compression: Uncompressed})
	hs, _ := untar(t, data)
	links := map[string]string{}
	for _, h := range hs {
		if h.Typeflag == tar.TypeLink {
			links[h.Name] = h.Linkname
		}
	}
	if sum.Files != 2 || len(links) != 3 || links["tree/z"] != "lib/b" || links["lib/c"] != "lib/b" ||
		links["tree/sub/a"] != "lib/b" {
		t.Errorf("%d files, links %v", sum.Files, links)
	}
}

// A path that two linked files claim joins both groups, in any order.
func TestHardLinkGroupsJoin(t *testing.T) {
	src := files(map[string]string{"a": "x", "b": "x", "c": "x", "d": "x"})
	for name, ino := range map[string]uint64{"a": 1, "b": 1, "c": 2, "d": 2} {
		src[name].Sys = &sysroot.ID{Ino: ino}
	}
	for range 10 {
		var tree Tree
		names := []string{"/a", "/b", "/c", "/d"}
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		root := sysroot.New(src)
		for _, name := range names {
			must(t, tree.AddFrom(root, name, CopyOptions{}))
		}
		must(t, tree.AddFrom(root, "/c", CopyOptions{Dest: "/b"}))
		want(t, &tree, map[string]string{"/a": "file 0644 x", "/b": "link /a", "/c": "link /a", "/d": "link /a"})
	}
}
