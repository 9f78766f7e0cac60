package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// streamMedium is stdout, a device or a pipe: what is written to it cannot be
// taken back, and so all of it happens before the other outputs change.
type streamMedium struct {
	to       *contextWriter
	close    func() error
	finished bool
}

func openStdout(ctx context.Context, out output, stdout io.Writer) (*destination, error) {
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return nil, usage("stdout is a terminal, which cannot take "+out.what(), "redirect it, or name a file with -o")
	}
	m := &streamMedium{to: &contextWriter{ctx: ctx, w: stdout}, close: func() error { return closeStdout(stdout) }}
	return &destination{output: out, medium: m, to: m.to}, nil
}

func openDevice(ctx context.Context, out output) (*destination, error) {
	f, err := openWaiting(ctx, out.dest)
	if err != nil {
		return nil, destError(out.dest, err)
	}
	m := &streamMedium{to: &contextWriter{ctx: ctx, w: f}, close: f.Close}
	return &destination{output: out, medium: m, to: m.to}, nil
}

// closeStdout returns what closing stdout would, and leaves it open.
func closeStdout(stdout io.Writer) error {
	f, ok := stdout.(*os.File)
	if !ok {
		return nil
	}
	return pending.CloseCopy(f)
}

// openWaiting opens a device or a pipe for writing. A pipe without a reader
// blocks, but not beyond the end of ctx.
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

func (m *streamMedium) finish() error {
	m.finished = true
	return m.close()
}

func (m *streamMedium) stage(context.Context) error { return nil }

func (m *streamMedium) commit(context.Context) error { return nil }

func (m *streamMedium) settle() error { return nil }

// abandon leaves a device or a pipe to the end of the process: a write that
// blocks may still use it.
func (m *streamMedium) abandon() {}

// contextWriter is a writer that may block, but not beyond the end of ctx. The
// Write that blocks then is abandoned.
type contextWriter struct {
	ctx  context.Context //nolint:containedctx // io.Writer has no place for it
	w    io.Writer
	used bool // something was written, or at least begun
}

func (c *contextWriter) Write(p []byte) (int, error) {
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
