package iocopy

import (
	"context"
	"io"
)

// Counter counts the bytes that are written to a writer, until a context ends.
type Counter struct {
	N int64 // bytes written so far

	ctx context.Context //nolint:containedctx // io.Writer has no place for it
	w   io.Writer
}

// NewCounter returns a Counter for w.
func NewCounter(ctx context.Context, w io.Writer) *Counter { return &Counter{ctx: ctx, w: w} }

func (c *Counter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	c.N += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom, so that the kernel copies between files.
func (c *Counter) ReadFrom(r io.Reader) (int64, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := io.Copy(c.w, r)
	c.N += n
	return n, err
}
