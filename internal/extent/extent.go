// Package extent has one type: a range of bytes inside a file.
//
// The offsets and sizes that a file's own headers name are numbers of 64 bits
// that anybody can write. A Range is made of the size of the file alone, and
// every other one is a part of it that was compared with it before anything was
// added or converted, so that no Range reaches beyond its file. The package
// opens nothing. Start with Of.
package extent

import "io"

// Range is a range of bytes inside a file. The zero value is empty.
type Range struct{ off, n uint64 }

// Of returns the whole of a file of size bytes.
func Of(size int64) Range { return Range{0, uint64(max(0, size))} }

// Offset returns where in the file the range begins.
func (r Range) Offset() uint64 { return r.off }

// Len returns how many bytes the range has.
func (r Range) Len() uint64 { return r.n }

// End returns the offset behind the last byte of the range.
func (r Range) End() uint64 { return r.off + r.n }

// Sub returns the n bytes at off, counted from the beginning of r. It is not ok
// when r does not have them all.
func (r Range) Sub(off, n uint64) (part Range, ok bool) {
	if off > r.n || n > r.n-off {
		return Range{}, false
	}
	return Range{r.off + off, n}, true
}

// From returns all of r from off on, counted from its beginning. It is not ok
// when off lies beyond the end of r.
func (r Range) From(off uint64) (rest Range, ok bool) {
	if off > r.n {
		return Range{}, false
	}
	return Range{r.off + off, r.n - off}, true
}

// Head returns the first n bytes of r, or all of r if it has fewer.
func (r Range) Head(n uint64) Range { return Range{r.off, min(n, r.n)} }

// Without returns what of r lies before hole, and what lies behind it. Either
// may be empty.
func (r Range) Without(hole Range) (before, behind Range) {
	start := min(max(hole.off, r.off), r.End())
	end := min(max(hole.End(), r.off), r.End())
	return Range{r.off, start - r.off}, Range{end, r.End() - end}
}

// ReadAt fills b, which is no longer than r, with the bytes at the beginning of
// r. What is missing at the end because the file has become shorter is an
// io.ErrUnexpectedEOF.
func (r Range) ReadAt(from io.ReaderAt, b []byte) error {
	got, err := from.ReadAt(b, int64(r.off))
	switch {
	case got == len(b):
		return nil
	case err == nil || err == io.EOF: //nolint:errorlint // io.ReaderAt returns EOF itself
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read returns the bytes of r. The caller bounds it by Head.
func (r Range) Read(from io.ReaderAt) ([]byte, error) {
	b := make([]byte, r.n)
	err := r.ReadAt(from, b)
	return b, err
}
