package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// WriteError says that an output could not be written, as against an input
// that could not be read. Outputs that are an io.Writer have no name here;
// their errors come back as the writer gave them.
type WriteError struct {
	Path string // the output as the caller named it, or a file in it
	Err  error  // an errno, mostly
}

func (e *WriteError) Error() string { return e.Path + ": cannot be written: " + e.Err.Error() }

// Unwrap returns the cause, so that errors.Is finds fs.ErrPermission and the like.
func (e *WriteError) Unwrap() error { return e.Err }

// writeError returns a *WriteError about path, nil for nil.
func writeError(path string, err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{Path: path, Err: cause(err)}
}

// readError returns an error about what is there but cannot be read.
func readError(path string, err error) error {
	return fmt.Errorf("%s: cannot be read: %w", path, cause(err))
}

// about puts what was being done before err, unless err names the output
// itself.
func about(what string, err error) error {
	var we *WriteError
	if errors.As(err, &we) {
		return we
	}
	return fmt.Errorf("%s: %w", what, err)
}

// cause returns the errno of err, whose path may be that of a temporary file
// and would only confuse.
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
