package elffile

import (
	"bytes"
	"io"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

const (
	literalChunk = 64 << 10  // bytes of a file that are searched at once
	literalLimit = 512 << 20 // bytes of a file that are searched at all
	maxLiteral   = 4 << 10   // longer strings are ignored: PATH_MAX
	minLiteral   = 3
)

// Literals calls yield with each string of the file, until yield returns false:
// the bytes between two NULs in a segment that is loaded, if they are 3 or more and
// printable ASCII. The names of the dynamic string table are left out. Only the
// first 512 MiB of what is loaded are searched. The slice is valid only during the
// call.
//
// Compilers store the string constants of C in this way, and Go the names of
// functions in its pclntab. The constants of Go and Rust have no NULs between them
// and are not found.
func (f *File) Literals(yield func([]byte) bool) error {
	return f.eachString(literalsIn, yield)
}

// Paths calls yield with each string as of Literals that begins with "/" or "%s/", until
// yield returns false. It is much faster than Literals.
func (f *File) Paths(yield func([]byte) bool) error {
	return f.eachString(pathsIn, yield)
}

// finder calls yield with the strings that end in b, see literalsIn.
type finder func(b []byte, skip bool, yield func([]byte) bool) (start int, more bool)

// eachString calls yield with each string that find finds.
func (f *File) eachString(find finder, yield func([]byte) bool) error {
	left := uint64(literalLimit)
	buf := make([]byte, literalChunk+maxLiteral)
	for _, part := range literalParts(f.Info) {
		part = part.Head(left)
		left -= part.Len()
		more, err := scan{f.r, buf, find}.part(part, yield)
		if err != nil || !more {
			return f.failed(err)
		}
	}
	return nil
}

// literalParts returns the segments' ranges in the file, without the dynamic string
// table.
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

// scan is a search for strings.
type scan struct {
	r    io.ReaderAt
	buf  []byte
	find finder
}

// part finds the strings of one part of the file; more is false when yield wants no more
// of them.
func (s scan) part(part extent.Range, yield func([]byte) bool) (more bool, err error) {
	kept := 0
	skip := false // the string that goes on is not a literal
	for part.Len() > 0 {
		piece := part.Head(uint64(len(s.buf) - kept))
		b := s.buf[:kept+int(piece.Len())]
		if err := piece.ReadAt(s.r, b[kept:]); err != nil {
			return false, err
		}
		part, _ = part.From(piece.Len())
		if allZero(b[kept:]) { // mostly a hole of the file: one NUL is enough
			b = b[:kept+1]
		}
		start, more := s.find(b, skip, yield)
		if !more {
			return false, nil
		}
		if skip = start < 0 || len(b)-start > maxLiteral; skip {
			start = len(b)
		}
		kept = copy(s.buf, b[start:])
	}
	return true, nil
}

// allZero reports whether b, which is not empty, has nothing but zeros.
func allZero(b []byte) bool { return b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1]) }

// literalsIn calls yield with the literals that end in b. It returns where in b the
// string begins that goes on after b, -1 when that cannot be a literal. With skip
// the first string of b is not one. The loop runs for every byte of a program.
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

// pathsIn is literalsIn for strings that begin with "/" or "%s/".
func pathsIn(b []byte, skip bool, yield func([]byte) bool) (start int, more bool) {
	for at := 0; ; {
		if at > 0 || skip || !isPath(b) {
			next := nextPath(b[at:])
			if next < 0 {
				break
			}
			at += next
		}
		n := bytes.IndexByte(b[at:], 0)
		if n < 0 {
			break
		}
		if n >= minLiteral && n <= maxLiteral && isPrintable(b[at:at+n]) && !yield(b[at:at+n]) {
			return -1, false
		}
		at += n
	}
	last := bytes.LastIndexByte(b, 0)
	if last < 0 && skip || !isPrintable(b[last+1:]) {
		return -1, true
	}
	return last + 1, true
}

// isPath reports whether b begins with a path as of Paths.
func isPath(b []byte) bool { return b[0] == '/' || bytes.HasPrefix(b, []byte("%s/")) }

// nextPath returns where in b the first path after a NUL begins, -1 if there is none.
func nextPath(b []byte) int {
	plain := bytes.Index(b, []byte("\x00/"))
	head := b
	if plain >= 0 {
		head = b[:plain]
	}
	if format := bytes.Index(head, []byte("\x00%s/")); format >= 0 {
		plain = format
	}
	if plain < 0 {
		return -1
	}
	return plain + 1
}

// isPrintable reports whether b is printable ASCII.
func isPrintable(b []byte) bool {
	for _, c := range b {
		if c-' ' >= 0x7f-' ' {
			return false
		}
	}
	return true
}
