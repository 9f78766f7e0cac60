package image

import (
	"errors"
	"io"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// fullDisk accepts left bytes and then fails.
type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.left {
		n := d.left
		d.left = 0
		return n, syscall.ENOSPC
	}
	d.left -= len(p)
	return len(p), nil
}

// An error of the writer is returned, wherever it occurs.
func TestWriterErrors(t *testing.T) {
	raw := testTar(t, "hi")
	img := testImage(t, "hi", Config{})
	tags := testTags(t, "redis:1")
	tests := map[string]func(io.Writer) error{
		"docker": func(w io.Writer) error { return WriteDockerArchive(w, img, tags...) },
		"oci":    func(w io.Writer) error { return WriteOCIArchive(w, img, tags...) },
		"engine": func(w io.Writer) error {
			_, err := EngineArchive{Tags: tags, Size: int64(len(raw)), Layer: func(w io.Writer) (v1.Hash, error) {
				_, err := w.Write(raw)
				return sum(raw), err
			}}.Write(w)
			return err
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			all := &fullDisk{1 << 20}
			if err := write(all); err != nil {
				t.Fatal(err)
			}
			size := 1<<20 - all.left
			for n := 0; n < size; n += 100 {
				if err := write(&fullDisk{n}); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("after %d bytes of %d: %v", n, size, err)
				}
			}
			if err := write(&fullDisk{size - 1}); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("at the last byte: %v", err)
			}
		})
	}
}
