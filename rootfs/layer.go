package rootfs

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/compress"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Compression is the compression of a layer.
type Compression string

// The compressions of a layer; "" is Gzip.
const (
	Gzip         Compression = "gzip"
	Uncompressed Compression = "uncompressed"
)

// Options control how a layer is written. With the zero value, too, the bytes
// depend on the tree alone.
type Options struct {
	// Timestamp is the time of every entry, in whole seconds; the zero value is
	// one second after the Unix epoch.
	Timestamp time.Time

	// Compression is Gzip if empty.
	Compression Compression

	// Level is the compression level from 1 to 9, 0 the default (6).
	Level int

	// Progress, if not nil, is called by the goroutine of WriteLayer with the
	// number of bytes of the uncompressed tar written so far; TarSize returns
	// the final number.
	Progress func(tarBytes int64)
}

// Sum describes the layer that was written.
type Sum struct {
	Digest      string // "sha256:…" of the bytes written
	DiffID      string // "sha256:…" of the tar inside them (OCI config.md, "rootfs.diff_ids")
	Size        int64  // bytes written
	TarSize     int64  // bytes of the tar inside them
	Entries     int    // files, directories and links
	Files       int    // regular files, hard links to one counted once
	ContentSize int64  // the sum of the sizes of Files
}

// WriteLayer checks the tree and writes it to w as an image layer in one pass:
// hashing and compression run while the next bytes are read. The bytes depend on
// the tree, the time and the level alone. It is an error if a file has another
// size than when it was claimed, or changes while it is read. After an error, w
// has an incomplete layer.
func (t *Tree) WriteLayer(ctx context.Context, w io.Writer, o Options) (Sum, error) {
	if err := t.Check(); err != nil {
		return Sum{}, err
	}
	out := newHashWriter(w)
	pack, err := newPacker(out, o)
	if err != nil {
		return Sum{}, err
	}
	in := &tarSink{ctx: ctx, to: pack, hash: sha256.New(), progress: o.Progress}
	if o.Compression == Uncompressed {
		in.hash, in.hashed = out.hash, true
	}
	sum, err := writeTar(in, t.settle().entries, o)
	if err != nil {
		pack.Abort()
		return Sum{}, err
	}
	if err := pack.Close(); err != nil {
		return Sum{}, err
	}
	sum.DiffID, sum.TarSize = digestOf(in.hash), in.size
	sum.Digest, sum.Size = digestOf(out.hash), out.size
	return sum, nil
}

// packer compresses what is written to it.
type packer interface {
	io.WriteCloser
	Abort()
}

func newPacker(w io.Writer, o Options) (packer, error) {
	switch o.Compression {
	case "", Gzip:
		return compress.NewGzip(w, o.Level)
	case Uncompressed:
		return plain{w}, nil
	}
	return nil, fmt.Errorf("unknown compression %q", o.Compression)
}

// plain is a packer that does not compress.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
func (plain) Abort()       {}

// hashWriter hashes what it passes on. With gzip this happens in the goroutine that
// writes the compressed blocks in order.
type hashWriter struct {
	w    io.Writer
	hash hash.Hash
	size int64
}

func newHashWriter(w io.Writer) *hashWriter { return &hashWriter{w: w, hash: sha256.New()} }

func (h *hashWriter) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.hash.Write(p[:n])
	h.size += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

func digestOf(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// tarSink hashes and counts the uncompressed tar. Write fails when ctx ends.
type tarSink struct {
	ctx      context.Context
	to       io.Writer
	hash     hash.Hash
	hashed   bool // the writer behind to has the same bytes and hashes them
	size     int64
	progress func(int64)
}

func (s *tarSink) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, context.Cause(s.ctx)
	}
	if !s.hashed {
		s.hash.Write(p)
	}
	n, err := s.to.Write(p)
	s.size += int64(n)
	if s.progress != nil {
		s.progress(s.size)
	}
	return n, err
}

// readSize is the number of bytes of a file that are read at a time.
const readSize = 256 << 10

// writeTar writes the entries as a tar and counts them.
func writeTar(w io.Writer, entries []*Entry, o Options) (Sum, error) {
	sum := Sum{Entries: len(entries)}
	tw := tar.NewWriter(w)
	buf := make([]byte, readSize)
	for _, e := range entries {
		h := tarHeader(e, o.stamp())
		if err := tw.WriteHeader(h); err != nil {
			return sum, entryError(e, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := writeContent(tw, e, buf); err != nil {
			return sum, err
		}
		sum.Files++
		sum.ContentSize += e.Size
	}
	return sum, tw.Close()
}

// entryError adds the path to an error of the tar writer about the entry. Errors of
// the output and of the context are returned as they are.
func entryError(e *Entry, err error) error {
	if errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("%s: cannot be written as tar: %w", e.Path, err)
	}
	return err
}

// writeContent copies the content of e and fails if it changes meanwhile.
func writeContent(w io.Writer, e *Entry, buf []byte) error {
	f, err := e.Content.Open()
	if err != nil {
		return readError(e, err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return readError(e, err)
	}
	for off := int64(0); off < e.Size; off += int64(len(buf)) {
		block := buf[:min(e.Size-off, int64(len(buf)))]
		if err := readFull(f, block, off); err != nil {
			return readError(e, err)
		}
		if _, err := w.Write(block); err != nil {
			return err
		}
	}
	// A file that has grown has a byte behind the claimed size.
	if n, _ := f.ReadAt(buf[:1], e.Size); n > 0 {
		return readError(e, sysroot.ErrChanged)
	}
	if after, err := f.Stat(); err != nil || !sysroot.Unchanged(before, after) {
		return readError(e, errors.Join(sysroot.ErrChanged, err))
	}
	return nil
}

// readError adds the path of the entry to an error of reading it. A file that ends
// early has changed.
func readError(e *Entry, err error) error {
	var at *fs.PathError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = sysroot.ErrChanged
	case errors.As(err, &at) && at.Path == e.Path:
		err = at.Err
	}
	return fmt.Errorf("%s: %w", e.Path, err)
}
