// Package dest has the places that outputs are written to: a file, a layout in a
// directory, a stream. None shows anything of an output before Commit, but for a
// stream, which cannot be taken back.
//
// The methods of several destinations are called step by step, each step for all
// of them before the next one for any, so that whatever may fail does so before
// the first output has changed. Its caveat: what a stream has taken stays. Start
// with OpenOutput.
//
// A new kind of destination is a file beside file.go with a type that has the
// methods of Medium.
package dest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Medium is a destination. Its methods are called in this order.
type Medium interface {
	// Finish ends the writing: every byte is on the disk, or in the pipe, and the
	// error of closing it is known.
	Finish() error
	// Stage does what remains to be done before a rename, and waits for other
	// writers of the same place until ctx ends.
	Stage(ctx context.Context) error
	// Commit makes the output visible by a rename and nothing else.
	Commit(ctx context.Context) error
	// Settle waits until the name is on the disk, and removes what the output has
	// replaced.
	Settle() error
	// Abandon removes what was written so far; after Commit, nothing.
	Abandon()
}

// Error returns err with the name of the output before it and a hint, nil if err
// is nil.
func Error(name string, err error) error {
	if err == nil {
		return nil
	}
	text := fmt.Errorf("%s: cannot be written: %w", name, Cause(err))
	if errors.Is(err, fs.ErrPermission) {
		return usererr.WithHint(text, "choose another path with -o, or run as a user who can write there")
	}
	return text
}

// Cause returns err without the operation and path that package os puts before
// the cause, for messages that begin with the path.
func Cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// checkParent returns an error if the directory of an output is not there.
func checkParent(name string) error {
	dir := filepath.Dir(filepath.Clean(name))
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%s: the directory %s does not exist", name, dir)
		return usererr.WithHint(err, "mkdir -p "+quote.ShellPath(dir))
	case err != nil:
		return Error(name, err)
	case !info.IsDir():
		return fmt.Errorf("%s: %s is not a directory", name, dir)
	}
	return nil
}

// realPath returns name with its symlinks resolved, but for the last component,
// which need not exist.
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

// WriteError returns err with the name of the output before it if err is an error of
// writing a file, else err.
func WriteError(name string, err error) error {
	if IsWriteError(err) {
		return Error(name, err)
	}
	return err
}

// IsWriteError reports whether err is an error of writing a file.
func IsWriteError(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) && (path.Op == "write" || path.Op == "copy_file_range")
}
