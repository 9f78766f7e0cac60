package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"golang.org/x/term"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// destination is one output under way. What is written to it is seen by nobody
// before commit, except on stdout, a device or a pipe, which cannot be taken
// back.
type destination struct {
	output
	file    *os.File
	pending *renameio.PendingFile // nil for what is not a regular file
	stdout  io.Writer
	ctx     context.Context //nolint:containedctx // for writes that block
	size    int64
}

// openDestination prepares an output so that what is wrong with its place is
// found before any work. Directories (kindOCIDir) are only looked at.
func openDestination(ctx context.Context, out output, stdout io.Writer) (*destination, error) {
	d := &destination{output: out, ctx: ctx}
	if out.dest == "-" {
		if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return nil, usage("stdout is a terminal, which cannot take "+out.what(), "redirect it, or name a file with -o")
		}
		d.stdout = &patient{ctx, stdout}
		return d, nil
	}
	if out.kind == kindOCIDir {
		if err := checkParent(out.dest); err != nil {
			return nil, err
		}
		return d, withHint(image.CheckLayoutDir(behindLinks(out.dest)), "name a directory that is not there yet, or a layout")
	}
	info, err := os.Stat(out.dest)
	switch {
	case err == nil && info.IsDir():
		return nil, withHint(fmt.Errorf("%s: is a directory, and %s is a file", out.dest, out.what()), "name a file in it, or use type=oci-dir")
	case err == nil && !info.Mode().IsRegular():
		d.file, err = openWaiting(ctx, out.dest)
		return d, destError(out.dest, err)
	}
	return d, d.openPending()
}

// openPending makes the temporary file beside the place of the output, or of
// what a symlink there leads to.
func (d *destination) openPending() error {
	at := behindLinks(d.dest)
	if err := checkParent(at); err != nil {
		return err
	}
	pending, err := renameio.NewPendingFile(at, renameio.WithTempDir(filepath.Dir(at)), renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err != nil {
		return destError(d.dest, err)
	}
	d.pending, d.file = pending, pending.File
	return nil
}

// behindLinks returns what a symlink leads to, whether or not that exists, as
// opening it for writing would.
func behindLinks(name string) string {
	for range 40 { // MAXSYMLINKS
		text, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(name), text)
		}
		name = text
	}
	return name
}

// checkParent makes sure that the directory of an output is there.
func checkParent(dest string) error {
	dir := filepath.Dir(filepath.Clean(dest))
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return withHint(fmt.Errorf("%s: the directory %s does not exist", dest, dir), "mkdir -p "+tell.ShellPath(dir))
	case err != nil:
		return destError(dest, err)
	case !info.IsDir():
		return fmt.Errorf("%s: %s is not a directory", dest, dir)
	}
	return nil
}

func destError(dest string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		return withHint(fmt.Errorf("%s: cannot be written: %w", dest, bare(err)), "write elsewhere with -o, or as a user who may write there")
	}
	return fmt.Errorf("%s: cannot be written: %w", dest, bare(err))
}

// writer is where the output's bytes go.
func (d *destination) writer() io.Writer {
	if d.stdout != nil {
		return d.stdout
	}
	if d.pending == nil {
		return &patient{d.ctx, d.file}
	}
	return d.file
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
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// patient is a writer that may block for as long as its reader likes, but not
// beyond the end of ctx. What is being written then is left to its fate.
type patient struct {
	ctx context.Context //nolint:containedctx // the writer lives as long as the run
	w   io.Writer
}

func (p *patient) Write(b []byte) (int, error) {
	type written struct {
		n   int
		err error
	}
	done := make(chan written, 1)
	go func() {
		n := 0
		err := guard.Call(func() (err error) {
			n, err = p.w.Write(b)
			return err
		})
		done <- written{n, err}
	}()
	select {
	case w := <-done:
		return w.n, w.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}

// commit makes the output visible under its name, whole and on the disk.
func (d *destination) commit() error {
	switch {
	case d.pending != nil:
		return destError(d.dest, d.pending.CloseAtomicallyReplace())
	case d.file != nil:
		return destError(d.dest, d.file.Close())
	}
	return nil
}

// abandon removes what was written so far.
func (d *destination) abandon() {
	if d.pending != nil {
		_ = d.pending.Cleanup()
	} else if d.file != nil {
		_ = d.file.Close()
	}
}

// what names the kind of output for a person.
func (o output) what() string {
	switch o.kind {
	case kindDocker:
		return "a docker archive"
	case kindOCI:
		return "an OCI archive"
	case kindOCIDir:
		return "an OCI layout"
	}
	return "the root file system"
}
