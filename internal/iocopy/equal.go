package iocopy

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// Equal reports whether a and b have the same content. It reads both to their ends, in
// blocks. When ctx ends, it returns the error of ctx.
func Equal(ctx context.Context, a, b io.Reader) (bool, error) {
	const block = 64 << 10
	one, other := make([]byte, block), make([]byte, block)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, other)
		ended := isEnd(errA)
		switch {
		case errA != nil && !ended:
			return false, errA
		case errB != nil && !isEnd(errB):
			return false, errB
		case !bytes.Equal(one[:n], other[:m]):
			return false, nil
		case ended:
			return true, nil
		}
	}
}

// isEnd reports whether err is an error of io.ReadFull at the end of a file.
func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
