package pkgdb

import (
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"path"

	"github.com/pierrec/lz4/v4"
)

// unpacker reads a form in which package managers keep their indexes.
type unpacker struct {
	open func(io.Reader) (io.Reader, error)
	cost int64 // of a byte that comes out: how much slower it is than gzip
}

// unpackers are the forms by the ending of the name. Without one the file is plain.
var unpackers = map[string]unpacker{
	".gz":  {func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, 1},
	".bz2": {func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }, 8},
	".lz4": {func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }, 1},
}

// unpacked calls f with the content of the regular file name, unpacked. What
// goes in and what comes out is taken from b.
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

// charged is a reader whose bytes are taken from a budget. It lives as long as
// the call that it was made for, whose context it holds.
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
