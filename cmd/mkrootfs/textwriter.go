package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/dest"
)

// textWriter writes text for people and for filters such as head to stdout. A filter may
// end before it has read everything, which is no error: textWriter then returns
// errReaderEnded. An image that a reader does not want to its end is an error.
type textWriter struct{ w io.Writer }

var errReaderEnded = errors.New("the reader of stdout ended")

func (t textWriter) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	switch {
	case errors.Is(err, syscall.EPIPE):
		err = errReaderEnded
	case err != nil:
		err = fmt.Errorf("stdout: %w", dest.Cause(err))
	}
	return n, err
}
