package dest

import (
	"context"
	"io"
	"os"

	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// Stream is stdout, a device or a pipe. What is written to it cannot be undone, so it
// is written before other outputs become visible.
type Stream struct {
	*Writer
	name     string
	close    func() error
	finished bool
}

// NewStdout returns a Stream to w. It does not close w.
func NewStdout(ctx context.Context, w io.Writer) *Stream {
	return &Stream{Writer: NewWriter(ctx, w), name: "stdout", close: func() error { return CloseCopy(w) }}
}

// openDevice opens a device or a pipe for writing. It waits for the reader of a
// pipe, until ctx ends.
func openDevice(ctx context.Context, name string) (*Stream, error) {
	f, err := openWaiting(ctx, name)
	if err != nil {
		return nil, Error(name, err)
	}
	return &Stream{Writer: NewWriter(ctx, f), name: name, close: f.Close}, nil
}

// CloseCopy returns the error that closing w would return, but leaves w open. It
// returns nil if w is not an *os.File.
func CloseCopy(w io.Writer) error {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	return pending.CloseCopy(f)
}

func openWaiting(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		var o opened
		o.err = guard.Call(func() (err error) {
			o.f, err = os.OpenFile(name, os.O_WRONLY, 0)
			return err
		})
		done <- o
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Written reports whether anything was written to the stream, and whether all was.
func (s *Stream) Written() (begun, complete bool) { return s.used, s.finished }

// Finish implements Medium.
func (s *Stream) Finish() error {
	s.finished = true
	return Error(s.name, s.close())
}

// Stage implements Medium; there is nothing to do.
func (s *Stream) Stage(context.Context) error { return nil }

// Commit implements Medium; there is nothing to do.
func (s *Stream) Commit(context.Context) error { return nil }

// Settle implements Medium; there is nothing to do.
func (s *Stream) Settle() error { return nil }

// Abandon implements Medium. It leaves the file open, since a blocked Write may still
// use it.
func (s *Stream) Abandon() {}

// Writer writes to a writer that may block. When ctx ends, it abandons a blocked Write.
type Writer struct {
	ctx  context.Context //nolint:containedctx // io.Writer has no place for it
	w    io.Writer
	used bool // Write was called
}

// NewWriter returns a Writer to w until ctx ends.
func NewWriter(ctx context.Context, w io.Writer) *Writer { return &Writer{ctx: ctx, w: w} }

func (c *Writer) Write(p []byte) (int, error) {
	type written struct {
		n   int
		err error
	}
	c.used = true
	done := make(chan written, 1)
	go func() {
		n := 0
		err := guard.Call(func() (err error) {
			n, err = c.w.Write(p)
			return err
		})
		done <- written{n, err}
	}()
	select {
	case w := <-done:
		return w.n, w.err
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	}
}
