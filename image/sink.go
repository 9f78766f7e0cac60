package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/internal/iocopy"
)

// sink receives the files of an archive or layout. Names are relative and have
// slashes; a directory comes before its contents. Every sink has the same rules for
// modes and times: 0644, 0755, and one time for all.
type sink interface {
	mkdir(name string) error
	put(name string, c content) error
}

// content is the content of one file of an archive.
type content struct {
	size int64
	open func() (io.ReadCloser, error)
}

func bytesContent(b []byte) content {
	return content{int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

func layerContent(l v1.Layer) (content, error) {
	size, err := l.Size()
	return content{size, l.Compressed}, err
}

// copyTo writes all of c. It is an error if c has more or fewer bytes than its size.
func (c content) copyTo(w io.Writer) error {
	r, err := c.open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := iocopy.N(w, r, c.size)
	if err != nil {
		return err
	}
	if n < c.size {
		return fmt.Errorf("%s ends after %d bytes of %d", nameOf(r), n, c.size)
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return fmt.Errorf("%s is longer than the %d bytes that it should have", nameOf(r), c.size)
	}
	return nil
}

// nameOf returns the name of r for messages.
func nameOf(r io.Reader) string {
	if f, ok := r.(*os.File); ok {
		return f.Name()
	}
	return "the layer"
}

// tarSink writes a tar archive. The headers are written by archive/tar. The
// contents are not, since its Writer hides whether the kernel can copy them from
// one file to another.
type tarSink struct {
	w     io.Writer
	mtime time.Time
}

const tarBlock = 512

func (s tarSink) mkdir(name string) error {
	return s.header(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
}

func (s tarSink) put(name string, c content) error {
	if err := s.header(fileHeader(name, c.size)); err != nil {
		return err
	}
	if err := c.copyTo(s.w); err != nil {
		return err
	}
	return s.pad(c.size)
}

func fileHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644}
}

func (s tarSink) header(h *tar.Header) error {
	h.ModTime = s.mtime
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(h); err != nil {
		return err
	}
	_, err := s.w.Write(b.Bytes())
	return err
}

// pad fills up the last block of a file of this size.
func (s tarSink) pad(size int64) error {
	rest := size % tarBlock
	if rest == 0 {
		return nil
	}
	_, err := s.w.Write(make([]byte, tarBlock-rest))
	return err
}

// close ends the archive with its two blocks of zeros (POSIX pax, "ustar
// Interchange Format").
func (s tarSink) close() error {
	_, err := s.w.Write(make([]byte, 2*tarBlock))
	return err
}
