// Package iocopy copies a known number of bytes.
//
// Between two files the kernel copies, by copy_file_range(2); everything else is
// copied through one large buffer. Both happen in parts, so that a writer that
// checks a context does so several times. The package never closes what it is
// given. Its caveat: the end of the reader is not an error, so callers compare
// the number of bytes. The only function is N.
package iocopy

import (
	"io"
	"os"
)

const (
	partSize   = 16 << 20 // bytes that the kernel is asked to copy at a time
	bufferSize = 1 << 20
)

// N copies n bytes from r to w, or fewer if r ends before, and returns how many it
// copied. The kernel copies if r is an *os.File and w has a ReadFrom method that
// passes its argument on to an *os.File. The error is nil if r has ended.
func N(w io.Writer, r io.Reader, n int64) (int64, error) {
	if to, ok := w.(io.ReaderFrom); ok {
		if _, isFile := r.(*os.File); isFile {
			return parts(to, r, n)
		}
	}
	// The methods WriteTo and ReadFrom are hidden, since these would copy through
	// smaller buffers of their own.
	return io.CopyBuffer(struct{ io.Writer }{w}, io.LimitReader(r, n), make([]byte, min(n+1, bufferSize)))
}

// parts copies by ReadFrom.
func parts(to io.ReaderFrom, r io.Reader, n int64) (copied int64, err error) {
	for copied < n {
		part := min(partSize, n-copied)
		// The file must be in one LimitedReader and nothing else: (*os.File).ReadFrom
		// looks into that alone.
		m, err := to.ReadFrom(io.LimitReader(r, part))
		copied += m
		if err != nil || m < part {
			return copied, err
		}
	}
	return copied, nil
}
