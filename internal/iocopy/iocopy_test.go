package iocopy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// readerFrom counts the parts that it is given and fails when there are more than
// limit.
type readerFrom struct {
	bytes.Buffer
	parts, limit int
}

var errLimit = errors.New("limit")

func (w *readerFrom) ReadFrom(r io.Reader) (int64, error) {
	if w.parts++; w.parts > w.limit {
		return 0, errLimit
	}
	return w.Buffer.ReadFrom(r)
}

func file(t *testing.T, content []byte) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestN(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), bufferSize/8)
	for _, n := range []int64{0, 1, bufferSize, int64(len(content)), int64(len(content)) + 1} {
		want := content[:min(n, int64(len(content)))]
		for name, r := range map[string]io.Reader{"file": file(t, content), "reader": bytes.NewReader(content)} {
			for _, w := range []io.Writer{&bytes.Buffer{}, &readerFrom{limit: 1}} {
				if s, ok := r.(io.Seeker); ok {
					if _, err := s.Seek(0, io.SeekStart); err != nil {
						t.Fatal(err)
					}
				}
				got, err := N(w, r, n)
				if err != nil || got != int64(len(want)) {
					t.Errorf("%s to %T: %d bytes of %d, %v", name, w, got, n, err)
				}
				if b := w.(interface{ Bytes() []byte }).Bytes(); !bytes.Equal(b, want) {
					t.Errorf("%s to %T: %d other bytes", name, w, len(b))
				}
			}
		}
	}
}

// TestParts checks that N calls the writer for each part.
func TestParts(t *testing.T) {
	f := file(t, make([]byte, 2*partSize+1))
	w := &readerFrom{limit: 2}
	n, err := N(w, f, 2*partSize+1)
	if n != 2*partSize || !errors.Is(err, errLimit) || w.parts != 3 {
		t.Errorf("%d bytes in %d parts, %v", n, w.parts, err)
	}
}

func TestErrors(t *testing.T) {
	full := readerFrom{}
	if _, err := N(&full, file(t, []byte("x")), 1); !errors.Is(err, errLimit) {
		t.Errorf("writer: %v", err)
	}
	broken := io.MultiReader(bytes.NewReader([]byte("ab")), errReader{})
	if n, err := N(&bytes.Buffer{}, broken, 5); n != 2 || !errors.Is(err, errLimit) {
		t.Errorf("reader: %d, %v", n, err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errLimit }
