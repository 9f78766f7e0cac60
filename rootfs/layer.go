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

// Compression is how a layer is packed.
type Compression string

// The compressions of a layer; "" is Gzip.
const (
	Gzip         Compression = "gzip"
	Uncompressed Compression = "uncompressed"
)

// Options say how a layer is written. The zero value is reproducible.
type Options struct {
	// Timestamp is the time of every entry, in whole seconds; the zero value is
	// the Unix epoch.
	Timestamp time.Time

	// Compression is Gzip if empty.
	Compression Compression

	// Level is the compression level from 1 to 9, 0 the default (6).
	Level int

	// Progress, if not nil, is told how many bytes of the uncompressed tar have
	// been made so far, from the goroutine of WriteLayer; TarSize is the end.
	Progress func(tarBytes int64)
}

// Sum is what was written.
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
// what is read from the files is hashed, compressed and hashed again while the
// next is read. The bytes depend on the tree, the time and the level alone. A
// file that is not as long as it was, or changes while it is read, is an error.
// After an error, w holds a part of a layer that is of no use.
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

// packer is a compression at work.
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
	return nil, fmt.Errorf("compression %q is not known", o.Compression)
}

// plain packs nothing.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
func (plain) Abort()       {}

// hashWriter hashes what it passes on; with gzip, in the goroutine that puts
// the compressed blocks in order.
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

// tarSink takes the uncompressed tar, and stops when the context does.
type tarSink struct {
	ctx      context.Context
	to       io.Writer
	hash     hash.Hash
	hashed   bool // by the writer behind to, which sees the same bytes
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

// readSize is how much of a file is read at a time.
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

// entryError puts the path first, unless the tar writer merely passed on that
// the output failed or the work was called off.
func entryError(e *Entry, err error) error {
	if errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("%s: cannot be written as tar: %w", e.Path, err)
	}
	return err
}

// writeContent copies the content of e, which must stay as it is meanwhile.
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
	// A longer file has something where the claimed one ends.
	if n, _ := f.ReadAt(buf[:1], e.Size); n > 0 {
		return readError(e, sysroot.ErrChanged)
	}
	if after, err := f.Stat(); err != nil || !sysroot.Unchanged(before, after) {
		return readError(e, errors.Join(sysroot.ErrChanged, err))
	}
	return nil
}

// readError says which entry could not be read; a file that ends early has
// changed.
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
