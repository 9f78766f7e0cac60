package rootfs

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
)

func TestCleanPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "//": "/", "/.": "/", "/a/": "/a", "/a//b/./c/": "/a/b/c", "/a..b": "/a..b", "/...": "/...", "/a /b\n": "/a /b\n",
		"a": "", "": "", "./a": "", "/..": "", "/a/..": "", "/../a": "", "/a/../b": "", "/a\x00": "",
	} {
		got, err := cleanPath(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
}

// Whatever paths and links are claimed, a tree that passes Check is written,
// nothing in the tar leaves the tree, and no order of claims changes it.
func FuzzTree(f *testing.F) {
	for _, seed := range []string{
		"/a\n/b", "/lib>usr/lib\n/lib/x", "/a>b\n/b>a\n/a/x", "/a>../../../etc\n/a/passwd", "/../x", "/a/../../b\n//c/./d/",
		"/n/m/n>/z\n/n/m>/", "/x\n/x/y", "/.wh.x", "/a>.\n/a/a/a/b", "/d/\n/d>e\n/e/f", "/caf\xe9\xff>\xfe\n/ ", "/a>/proc/x/y\n/a/z",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		if len(lines) > 50 {
			return
		}
		first, ok := written(lines)
		for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
			lines[i], lines[j] = lines[j], lines[i]
		}
		second, ok2 := written(lines)
		if ok != ok2 || !bytes.Equal(first, second) {
			t.Fatalf("written %v, in reverse order %v: %q", ok, ok2, text)
		}
		r := tar.NewReader(bytes.NewReader(first))
		for ok {
			h, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(h.Name, "/")
			if path.Clean("/"+name) != "/"+name || name == "" || !fs.ValidPath(strings.ToValidUTF8(name, "?")) {
				t.Fatalf("%q in the tar of %q", h.Name, text)
			}
		}
	})
}

// written makes a tree of "path", "path/" and "path>target" and its layer.
func written(lines []string) ([]byte, bool) {
	var tree Tree
	for _, line := range lines {
		p, target, isLink := strings.Cut(line, ">")
		switch {
		case isLink:
			_ = tree.Add(link(p, target, "link"))
		case strings.HasSuffix(p, "/"):
			_ = tree.Add(dir(p, 0o755, 0, 0))
		default:
			_ = tree.Add(file(p, p, 0o644, "file"))
		}
	}
	var b bytes.Buffer
	_, err := tree.WriteLayer(context.Background(), &b, Options{Compression: Uncompressed})
	return b.Bytes(), err == nil
}

func FuzzCleanPath(f *testing.F) {
	f.Add("/a/../b")
	f.Add("//a/./b//")
	f.Fuzz(func(t *testing.T, p string) {
		got, err := cleanPath(p)
		if err != nil {
			return
		}
		again, err := cleanPath(got)
		if err != nil || again != got || path.Clean(got) != got || got[0] != '/' || strings.Contains(got+"/", "/../") {
			t.Errorf("%q becomes %q", p, got)
		}
	})
}
