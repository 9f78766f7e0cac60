// Package extent has a type for a range of bytes inside a file.
//
// Offsets and sizes in the headers of a file may be any 64-bit numbers. A Range is
// made from the size of the file, and every other Range is a checked part of an
// existing one, so that no Range extends beyond its file and no sum overflows. Start
// with Of.
package extent

import "io"

// Range is a range of bytes inside a file. The zero value is empty.
type Range struct{ off, n uint64 }

// Of returns the range of all size bytes of a file.
func Of(size int64) Range { return Range{0, uint64(max(0, size))} }

// Offset returns the offset of the range in the file.
func (r Range) Offset() uint64 { return r.off }

// Len returns the number of bytes in the range.
func (r Range) Len() uint64 { return r.n }

// End returns the offset after the last byte of the range.
func (r Range) End() uint64 { return r.off + r.n }

// Sub returns the range of n bytes at the offset off in r. ok is false if r does not
// contain it.
func (r Range) Sub(off, n uint64) (part Range, ok bool) {
	if off > r.n || n > r.n-off {
		return Range{}, false
	}
	return Range{r.off + off, n}, true
}

// From returns the part of r from the offset off in r to its end. ok is false if off is
// beyond the end of r.
func (r Range) From(off uint64) (rest Range, ok bool) {
	if off > r.n {
		return Range{}, false
	}
	return Range{r.off + off, r.n - off}, true
}

// Head returns the first n bytes of r, or r if it has fewer.
func (r Range) Head(n uint64) Range { return Range{r.off, min(n, r.n)} }

// Without returns the parts of r before and after hole. Either may be empty.
func (r Range) Without(hole Range) (before, behind Range) {
	start := min(max(hole.off, r.off), r.End())
	end := min(max(hole.End(), r.off), r.End())
	return Range{r.off, start - r.off}, Range{end, r.End() - end}
}

// ReadAt fills b, which must not be longer than r, with the first bytes of r. If the
// file has become shorter, the error is io.ErrUnexpectedEOF.
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

// Read returns the bytes of r. The caller limits their number with Head.
func (r Range) Read(from io.ReaderAt) ([]byte, error) {
	b := make([]byte, r.n)
	err := r.ReadAt(from, b)
	return b, err
}
