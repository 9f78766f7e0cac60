// Package iocopy copies a known number of bytes.
//
// Between two files the kernel copies, by copy_file_range(2). Otherwise the package
// copies through a large buffer. It copies in parts, so that a writer can check a
// context several times. Its caveat: the end of the reader is not an error, so callers
// compare the number of bytes. Start with N.
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
	// The methods WriteTo and ReadFrom are hidden, since they may use smaller buffers.
	return io.CopyBuffer(struct{ io.Writer }{w}, io.LimitReader(r, n), make([]byte, min(n+1, bufferSize)))
}

// parts copies by ReadFrom.
func parts(to io.ReaderFrom, r io.Reader, n int64) (copied int64, err error) {
	for copied < n {
		part := min(partSize, n-copied)
		// (*os.File).ReadFrom recognizes a file only directly inside one LimitedReader.
		m, err := to.ReadFrom(io.LimitReader(r, part))
		copied += m
		if err != nil || m < part {
			return copied, err
		}
	}
	return copied, nil
}
