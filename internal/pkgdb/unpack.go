package pkgdb

import (
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"path"

	"github.com/pierrec/lz4/v4"
)

// unpacker decompresses an index.
type unpacker struct {
	open func(io.Reader) (io.Reader, error)
	cost int64 // of a decompressed byte: how many times slower than gzip
}

// unpackers are the unpackers by the suffix of the name. Other files are not compressed.
var unpackers = map[string]unpacker{
	".gz":  {func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, 1},
	".bz2": {func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }, 8},
	".lz4": {func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }, 1},
}

// unpacked calls f with the decompressed content of the regular file name. It subtracts
// the compressed and the decompressed bytes from b.
func (r *reader) unpacked(ctx context.Context, name string, b *budget, f func(io.Reader) error) error {
	n, err := r.root.Walk(name)
	if err != nil || !n.Info.Mode().IsRegular() {
		return err
	}
	in, err := r.root.OpenNode(n)
	if err != nil {
		return err
	}
	defer in.Close()
	var from io.Reader = &charged{ctx, in, b, 1}
	if form, ok := unpackers[path.Ext(name)]; ok {
		if from, err = form.open(from); err != nil {
			return err
		}
		from = &charged{ctx, from, b, form.cost}
	}
	return f(from)
}

// charged is a reader that subtracts the bytes that it reads from a budget. It exists
// only during a call, whose context it has.
type charged struct {
	ctx  context.Context
	r    io.Reader
	b    *budget
	cost int64 // of a byte
}

func (c *charged) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if spent := c.b.spend(c.ctx, int64(n)*c.cost); spent != nil {
		return 0, spent
	}
	return n, err
}
