package elffile

import (
	"bytes"
	"io"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

const (
	literalChunk = 64 << 10  // how much of a file is looked at at once
	literalLimit = 512 << 20 // how much of a file is looked at at all
	maxLiteral   = 4 << 10   // longer strings are passed over: PATH_MAX
	minLiteral   = 3
)

// Literals calls yield with each string of the file, until yield returns false:
// what stands between two NUL bytes in a segment that is loaded, has 3 bytes at
// least and consists of printable ASCII alone. The names of the dynamic string
// table are left out. Only the first 512 MiB of what is loaded are looked
// through. The slice is valid during the call only.
//
// It is how compilers lay out the string constants of C, and Go the names of
// functions in its pclntab; the constants of Go and Rust run into each other
// and are not found.
func (f *File) Literals(yield func([]byte) bool) error {
	left := uint64(literalLimit)
	buf := make([]byte, literalChunk+maxLiteral)
	for _, part := range literalParts(f.Info) {
		part = part.Head(left)
		left -= part.Len()
		more, err := scanLiterals(part, f.r, buf, yield)
		if err != nil || !more {
			return f.failed(err)
		}
	}
	return nil
}

// literalParts returns where the segments lie in the file, with a hole for the
// dynamic string table.
func literalParts(f *Info) (parts []extent.Range) {
	var table extent.Range
	if f.Dynamic.strtab != 0 {
		rest, _ := f.at(f.Dynamic.strtab)
		table = rest.Head(f.Dynamic.strsz)
	}
	add := func(part extent.Range) {
		if part.Len() > 0 {
			parts = append(parts, part)
		}
	}
	var done extent.Range // segments may share a page of the file
	// Linkers put constants beside code only where nothing else is read-only.
	apart := slices.ContainsFunc(f.Loads, func(p Segment) bool { return !p.Exec && !p.Write })
	for _, p := range f.Loads {
		if p.data.Len() == 0 || p.Exec && apart {
			continue
		}
		_, rest := p.data.Without(done)
		before, behind := rest.Without(table)
		add(before)
		add(behind)
		done = f.whole().Head(max(done.End(), p.data.End()))
	}
	return parts
}

// scanLiterals finds the literals of one part; more is false when yield wants
// no more of them.
func scanLiterals(part extent.Range, open io.ReaderAt, buf []byte, yield func([]byte) bool) (more bool, err error) {
	kept := 0
	skip := false // the string that goes on is no literal
	for part.Len() > 0 {
		piece := part.Head(uint64(len(buf) - kept))
		b := buf[:kept+int(piece.Len())]
		if err := piece.ReadAt(open, b[kept:]); err != nil {
			return false, err
		}
		part, _ = part.From(piece.Len())
		if allZero(b[kept:]) { // mostly a hole, of which one byte is as good as all
			b = b[:kept+1]
		}
		start, more := literalsIn(b, skip, yield)
		if !more {
			return false, nil
		}
		if skip = start < 0 || len(b)-start > maxLiteral; skip {
			start = len(b)
		}
		kept = copy(buf, b[start:])
	}
	return true, nil
}

// allZero reports whether b, which is not empty, has nothing but zeros.
func allZero(b []byte) bool { return b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1]) }

// literalsIn calls yield with the literals that end in b, and returns where the
// one begins that b ends in, -1 when that is none already, as b's first is when
// skip is set. Every byte of every program passes here.
func literalsIn(b []byte, skip bool, yield func([]byte) bool) (start int, more bool) {
	if skip {
		start = -1
	}
	for i, c := range b {
		if c-' ' < 0x7f-' ' {
			continue
		}
		if c != 0 {
			start = -1
			continue
		}
		if n := i - start; start >= 0 && n >= minLiteral && n <= maxLiteral && !yield(b[start:i]) {
			return -1, false
		}
		start = i + 1
	}
	return start, true
}
