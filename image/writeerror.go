package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// WriteError reports an output that cannot be written, in contrast to an input that
// cannot be read. It is for outputs that have a path; errors of an io.Writer are
// returned as they are.
type WriteError struct {
	Path string // the output as the caller named it, or a file in it
	Err  error  // mostly a syscall.Errno
}

// Error returns the path and the cause.
func (e *WriteError) Error() string { return e.Path + ": cannot be written: " + e.Err.Error() }

// Unwrap returns the cause, so that errors.Is finds fs.ErrPermission and others.
func (e *WriteError) Unwrap() error { return e.Err }

// writeError returns a *WriteError about path, or nil if err is nil.
func writeError(path string, err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{Path: path, Err: cause(err)}
}

// readError returns an error about a file that exists but cannot be read.
func readError(path string, err error) error {
	return fmt.Errorf("%s: cannot be read: %w", path, cause(err))
}

// about adds to err what was being done, unless err is about the output.
func about(what string, err error) error {
	var we *WriteError
	if errors.As(err, &we) {
		return we
	}
	return fmt.Errorf("%s: %w", what, err)
}

// cause returns the error inside err without its path, which may be the path of a
// temporary file.
func cause(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}
