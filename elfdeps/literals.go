package elfdeps

import (
	"io"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

const (
	literalChunk = 64 << 10 // how much of a file is looked at at once
	maxLiteral   = 4 << 10  // longer strings are passed over: PATH_MAX
	minLiteral   = 3
)

// Literals calls yield with each string of the ELF file at path, until yield
// returns false: what stands between two NUL bytes in a segment that is loaded,
// has 3 bytes at least and consists of printable ASCII alone. The names of the
// dynamic string table are left out. The slice is valid during the call only.
//
// It is how compilers lay out the string constants of C, and Go the names of
// functions in its pclntab; the constants of Go and Rust run into each other
// and are not found.
func (r *Resolver) Literals(path string, yield func([]byte) bool) error {
	return r.inspect(path, func(f *elfFile, open sysroot.File) error {
		for _, part := range literalParts(f) {
			more, err := scanLiterals(io.NewSectionReader(open, part[0], part[1]), yield)
			if err != nil || !more {
				return err
			}
		}
		return nil
	})
}

// literalParts returns where the segments lie in the file, as offset and
// length, with a hole for the dynamic string table.
func literalParts(f *elfFile) (parts [][2]int64) {
	tableAt, _, ok := f.offset(f.dyn.strtab)
	tableEnd := tableAt
	if ok && f.dyn.strtab != 0 {
		tableEnd += int64(min(f.dyn.strsz, 1<<40))
	}
	add := func(from, to int64) {
		if from < to {
			parts = append(parts, [2]int64{from, to - from})
		}
	}
	done := int64(0) // segments may share a page of the file
	// Linkers put constants beside code only where nothing else is read-only.
	apart := slices.ContainsFunc(f.loads, func(p segment) bool { return !p.exec && !p.write })
	for _, p := range f.loads {
		if p.off >= uint64(f.size) || p.exec && apart {
			continue
		}
		from := max(int64(p.off), done)
		to := int64(p.off) + int64(min(p.size, uint64(f.size)-p.off))
		add(from, min(to, max(tableAt, from)))
		add(max(from, tableEnd), to)
		done = max(done, to)
	}
	return parts
}

// scanLiterals finds the literals of one part; more is false when yield wants
// no more of them.
func scanLiterals(part io.Reader, yield func([]byte) bool) (more bool, err error) {
	buf := make([]byte, literalChunk+maxLiteral)
	kept := 0
	skip := false // the string that goes on is no literal
	for {
		n, err := io.ReadFull(part, buf[kept:])
		b := buf[:kept+n]
		start, more := literalsIn(b, skip, yield)
		if !more {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // io.ReadFull returns them themselves
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if skip = start < 0 || len(b)-start > maxLiteral; skip {
			start = len(b)
		}
		kept = copy(buf, b[start:])
	}
}

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
