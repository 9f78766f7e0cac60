// Package dest writes outputs to files, OCI layouts and streams. Files and layouts
// become visible only in Commit.
//
// Writing has steps, the methods of Medium. The methods of Set call each step for all
// destinations before the next step, so that most errors occur before the first
// output has changed. Its caveat: what was written to a stream cannot be undone. Start
// with OpenOutput.
//
// To add a kind of destination, add a type that implements Medium in a file beside
// file.go.
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
	// Finish completes the writing: it syncs and closes the output.
	Finish() error
	// Stage prepares the rename. It waits for other writers of the same output
	// until ctx ends.
	Stage(ctx context.Context) error
	// Commit makes the output visible by a rename and nothing else.
	Commit(ctx context.Context) error
	// Settle syncs the directory and removes what the output has replaced.
	Settle() error
	// Abandon removes what was written; after Commit it removes nothing.
	Abandon()
}

// Error returns err with the name of the output and a hint, nil if err is nil.
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

// Cause returns err without the operation and the path that package os adds, for
// messages that begin with the path.
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

// checkParent returns an error if the directory of an output does not exist.
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

// realPath returns the absolute path of name with all symlinks resolved except the
// last component, which need not exist.
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
