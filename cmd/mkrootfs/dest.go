package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
)

// destination is one output under way. It is written to its medium, which shows
// nobody anything of it before commit, except on stdout, a device or a pipe,
// which cannot be taken back.
type destination struct {
	output
	medium
	to   io.Writer // where its bytes go; nil for a layout
	real string    // its path behind symlinks; "" on stdout, a device or a pipe
	size int64
}

// medium is what an output is written to. Its methods are called in this order,
// each for all outputs before the next for any, so that whatever may fail does
// so before the first output has changed.
type medium interface {
	// finish ends the writing: every byte is on the disk, or in the pipe, and
	// what closing tells is known.
	finish() error
	// stage does what remains to be done before a rename, and waits for other
	// writers of the same place until ctx ends.
	stage(ctx context.Context) error
	// commit makes the output visible, by a rename and nothing else.
	commit(ctx context.Context) error
	// settle waits until the name is on the disk, and removes what the output
	// has replaced.
	settle() error
	// abandon removes what was written so far; after commit, nothing.
	abandon()
}

// openDestination prepares an output so that what is wrong with its place is
// found before any work. Directories (kindOCIDir) are only looked at.
func openDestination(ctx context.Context, out output, stdout io.Writer) (*destination, error) {
	if out.isStdout() {
		return openStdout(ctx, out, stdout)
	}
	if out.kind == kindOCIDir {
		return openLayout(out)
	}
	info, err := os.Stat(out.dest)
	switch {
	case err == nil && info.IsDir():
		return nil, withHint(fmt.Errorf("%s: is a directory, and %s is a file", out.dest, out.what()), "name a file in it, or use type=oci-dir")
	case err == nil && !info.Mode().IsRegular():
		return openDevice(ctx, out)
	}
	return openFile(out)
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

// realPath returns name with its symlinks resolved, the last component, which
// need not exist, excepted.
func realPath(name string) string {
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return name
	}
	return filepath.Join(dir, filepath.Base(name))
}

// isStdout reports whether the output goes to standard output.
func (o output) isStdout() bool { return o.dest == "-" }

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
