package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// testTar returns a tar with one file that holds text.
func testTar(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(
		&tar.Header{Typeflag: tar.TypeReg, Name: "hello", Mode: 0o755, Size: int64(len(text))},
	); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// openFile returns an Open for a layer in the file name.
func openFile(name string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return os.Open(name) }
}

// wantError checks err against a part of its text, "" being none.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("unexpected error: %v", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want …%s…", err, want)
	}
}

func sum(b []byte) v1.Hash {
	h := sha256.Sum256(b)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h[:])}
}

// testLayer returns a layer of such a tar in a file, compressed as c says,
// and that file's bytes.
func testLayer(t testing.TB, text string, c Compression) (LayerInfo, []byte) {
	t.Helper()
	raw := testTar(t, text)
	stored := raw
	if c == Gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		stored = b.Bytes()
	}
	file := filepath.Join(t.TempDir(), "layer")
	if err := os.WriteFile(file, stored, 0o600); err != nil {
		t.Fatal(err)
	}
	return LayerInfo{
		Digest: sum(stored), DiffID: sum(raw), Size: int64(len(stored)), Open: openFile(file), Compression: c,
	}, stored
}

// testImage returns an image of such a layer.
func testImage(t testing.TB, text string, c Config) v1.Image {
	t.Helper()
	info, _ := testLayer(t, text, Gzip)
	img, err := New(NewLayer(info), c)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func testTags(t testing.TB, values ...string) []name.Tag {
	t.Helper()
	var tags []name.Tag
	for _, v := range values {
		tag, err := name.NewTag(v)
		if err != nil {
			t.Fatal(err)
		}
		tags = append(tags, tag)
	}
	return tags
}
