package rootfs

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// files builds a file system from "path" → content, "-> target" for a symlink
// and "" with a trailing slash for a directory. "0755:" before the content is a
// mode other than 0644; "04755:" has set-id bits.
func files(m map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range m {
		f := &fstest.MapFile{Mode: 0o644}
		if mode, rest, ok := strings.Cut(text, ":"); ok {
			var bits uint32
			if _, err := fmt.Sscanf(mode, "%o", &bits); err == nil {
				f.Mode, text = ModeOf(bits), rest
			}
		}
		switch {
		case strings.HasSuffix(name, "/"):
			name = strings.TrimSuffix(name, "/")
			if f.Mode == 0o644 {
				f.Mode = 0o755
			}
			f.Mode |= fs.ModeDir
		case strings.HasPrefix(text, "-> "):
			f.Mode, text = fs.ModeSymlink|0o777, text[3:]
		}
		f.Data = []byte(text)
		out[name] = f
	}
	return out
}

// show returns the settled tree in the form "/usr/bin/x": "file 0755 cc55e2ec".
func show(t *testing.T, tree *Tree) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, e := range tree.Entries() {
		out[e.Path] = showEntry(t, e)
	}
	return out
}

func showEntry(t *testing.T, e *Entry) string {
	t.Helper()
	var text string
	switch {
	case e.Hardlink != "":
		return "link " + e.Hardlink
	case e.Mode.IsDir():
		text = "dir " + octal(e.Mode)
	case e.Mode&fs.ModeSymlink != 0:
		text = "symlink " + e.Linkname
	default:
		f, err := e.Content.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		text = "file " + octal(e.Mode) + " " + string(data)
	}
	if e.UID != 0 || e.GID != 0 {
		text += fmt.Sprintf(" %d:%d", e.UID, e.GID)
	}
	return text
}

// want compares the settled tree with tab.
func want(t *testing.T, tree *Tree, tab map[string]string) {
	t.Helper()
	got := show(t, tree)
	for _, p := range slices.Sorted(maps.Keys(got)) {
		if _, ok := tab[p]; !ok {
			t.Errorf("%s: %q is too much", p, got[p])
		}
	}
	for _, p := range slices.Sorted(maps.Keys(tab)) {
		if got[p] != tab[p] {
			t.Errorf("%s: %q, want %q", p, got[p], tab[p])
		}
	}
}

// must fails the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// layer writes the tree and returns the bytes.
func layer(t *testing.T, tree *Tree, o Options) ([]byte, Sum) {
	t.Helper()
	var b bytes.Buffer
	sum, err := tree.WriteLayer(context.Background(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(b.Bytes())); sum.Digest != want || sum.Size != int64(b.Len()) {
		t.Errorf("digest %s of %d bytes, want %s of %d", sum.Digest, sum.Size, want, b.Len())
	}
	return b.Bytes(), sum
}

// untar reads a tar as headers and contents.
func untar(t *testing.T, data []byte) (hs []*tar.Header, contents []string) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return hs, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		hs, contents = append(hs, h), append(contents, string(text))
	}
}

func ptr[T any](v T) *T { return &v }

// dir, file and link return an entry of each type.
func dir(path string, mode fs.FileMode, uid, gid int) Entry {
	return Entry{Path: path, Mode: fs.ModeDir | mode, UID: uid, GID: gid, Claim: Named("directory " + path)}
}

func file(path, content string, mode fs.FileMode, claim string) Entry {
	return Entry{Path: path, Mode: mode, Content: Bytes(content), Claim: Named(claim)}
}

func link(path, target, claim string) Entry {
	return Entry{Path: path, Mode: fs.ModeSymlink, Linkname: target, Claim: Named(claim)}
}

// to returns o with another destination.
func to(dest string, o CopyOptions) CopyOptions {
	o.Dest = dest
	return o
}
