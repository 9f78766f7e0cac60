package rpm

import (
	"encoding/binary"
	"fmt"
)

// The part of SQLite's format that is needed to read all rows of a table. The sections named
// below are those of "Database File Format" (fileformat2.html).
const (
	sqliteMagic = "SQLite format 3\x00"

	sqliteInterior = 5
	sqliteLeaf     = 13

	// sqliteDepth is greater than the depth of any tree of 2^32 pages.
	sqliteDepth = 20
)

type sqliteFile struct {
	*input
	wal    File
	page   int64
	usable int64            // the usable bytes of a page, without those reserved at its end
	newer  map[uint32]int64 // the offsets of pages in the write-ahead log
	budget int64            // the bytes that may still be read; more means that pages are shared
}

// readSQLite calls f with the column blob of every row of the table Packages,
// which rpm creates as (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT
// NULL): rpm, lib/backend/sqlite.c.
func readSQLite(in *input, wal File, f func([]byte) error) error {
	head, err := in.span(0, 100)
	if err != nil {
		return err
	}
	// Every page and every row is read once, and those of the schema twice.
	s := &sqliteFile{input: in, wal: wal, page: int64(binary.BigEndian.Uint16(head[16:])), budget: 3 * (in.Size + wal.Size)}
	if s.page == 1 {
		s.page = 65536
	}
	if s.page < 512 || s.page&(s.page-1) != 0 {
		return &FormatError{16, fmt.Sprintf("page size %d", s.page)}
	}
	s.usable = s.page - int64(head[20])
	if s.usable < 480 {
		return &FormatError{20, fmt.Sprintf("%d bytes of each page reserved", head[20])}
	}
	if s.newer, err = readWAL(in.ctx, wal, s.page); err != nil {
		return err
	}
	root, err := s.table("Packages")
	if err != nil {
		return err
	}
	return s.walk(root, 0, func(row [][]byte) error {
		if len(row) < 2 {
			return nil
		}
		return f(row[1])
	})
}

// table finds the root page of a table in the schema, the table whose root is
// page 1: (type, name, tbl_name, rootpage, sql). "Storage Of The SQL Database
// Schema".
func (s *sqliteFile) table(name string) (uint32, error) {
	var root uint32
	err := s.walk(1, 0, func(row [][]byte) error {
		if len(row) >= 4 && string(row[0]) == "table" && string(row[1]) == name {
			for _, b := range row[3] {
				root = root<<8 | uint32(b)
			}
		}
		return nil
	})
	if err == nil && root == 0 {
		err = &FormatError{100, "no table " + name}
	}
	return root, err
}

// spend subtracts n bytes at the offset at from the budget.
func (s *sqliteFile) spend(n, at int64) error {
	if s.budget -= n; s.budget < 0 {
		return &FormatError{at, "pages are used more than once"}
	}
	return nil
}

// fetch returns page n and its offset in the file.
func (s *sqliteFile) fetch(n uint32) ([]byte, int64, error) {
	at := (int64(n) - 1) * s.page
	if err := s.spend(s.page, at); err != nil {
		return nil, at, err
	}
	if place, ok := s.newer[n]; ok {
		p := make([]byte, s.page)
		log := input{File: s.wal, ctx: s.ctx}
		return p, at, log.read(p, place)
	}
	p, err := s.span(at, s.page)
	return p, at, err
}

// walk calls f with the columns of every row below page n, in order. "B-tree
// Pages".
func (s *sqliteFile) walk(n uint32, depth int, f func([][]byte) error) error {
	p, at, err := s.fetch(n)
	if err != nil {
		return err
	}
	start := int64(0)
	if n == 1 {
		start = 100 // the header of the file
	}
	kind, cells, head := p[start], int64(binary.BigEndian.Uint16(p[start+3:])), start+8
	if kind == sqliteInterior {
		head += 4
	}
	if kind != sqliteInterior && kind != sqliteLeaf || depth > sqliteDepth || head+2*cells > s.usable {
		return &FormatError{at + start, fmt.Sprintf("page of type %d with %d cells in the tree of a table", kind, cells)}
	}
	for i := range cells {
		cell := int64(binary.BigEndian.Uint16(p[head+2*i:]))
		if cell+4 > s.usable {
			return &FormatError{at + head + 2*i, "cell outside of its page"}
		}
		if kind == sqliteInterior {
			err = s.walk(binary.BigEndian.Uint32(p[cell:]), depth+1, f)
		} else {
			err = s.row(p[cell:s.usable], at+cell, f)
		}
		if err != nil {
			return err
		}
	}
	if kind == sqliteInterior {
		return s.walk(binary.BigEndian.Uint32(p[start+8:]), depth+1, f)
	}
	return nil
}

// row reads a cell of a leaf: the payload's length, the row's number, and the payload,
// which may continue in a chain of overflow pages. "B-tree Cell Format".
func (s *sqliteFile) row(cell []byte, at int64, f func([][]byte) error) error {
	length, n := varint(cell)
	_, m := varint(cell[n:])
	if n == 0 || m == 0 || length < 0 {
		return &FormatError{at, fmt.Sprintf("row of %d bytes", length)}
	}
	if err := s.spend(length, at); err != nil {
		return err
	}
	payload, err := s.room(at, length)
	if err != nil {
		return err
	}
	if payload, err = s.payload(payload, length, cell[n+m:], at); err != nil {
		return err
	}
	row := columns(payload)
	if row == nil {
		return &FormatError{at, "malformed row"}
	}
	return f(row)
}

// payload appends to out a payload of length bytes that begins in cell.
func (s *sqliteFile) payload(out []byte, length int64, cell []byte, at int64) ([]byte, error) {
	local, whole := s.local(length), length
	if local < length {
		whole = local + 4 // the number of the first overflow page follows
	}
	if whole > int64(len(cell)) {
		return nil, &FormatError{at, "row reaches beyond its page"}
	}
	out = append(out, cell[:local]...)
	if local == length {
		return out, nil
	}
	next := binary.BigEndian.Uint32(cell[local:])
	for int64(len(out)) < length {
		p, _, err := s.fetch(next)
		if err != nil {
			return nil, err
		}
		out = append(out, p[4:4+min(s.usable-4, length-int64(len(out)))]...)
		next = binary.BigEndian.Uint32(p)
	}
	return out, nil
}

// local returns how many bytes of a payload of length bytes are in the leaf: "B-tree Cell
// Format", where U is the usable size.
func (s *sqliteFile) local(length int64) int64 {
	most, least := s.usable-35, (s.usable-12)*32/255-23
	if length <= most {
		return length
	}
	if k := least + (length-least)%(s.usable-4); k <= most {
		return k
	}
	return least
}

// columns returns the columns of a row, nil if it is malformed. A row is the length of a
// header, a type for each column, and the contents. "Record Format".
func columns(payload []byte) [][]byte {
	head, n := varint(payload)
	if n == 0 || head < int64(n) || head > int64(len(payload)) {
		return nil
	}
	types, content := payload[n:head], payload[head:]
	out := [][]byte{}
	for len(types) > 0 {
		kind, n := varint(types)
		if n == 0 || kind < 0 {
			return nil
		}
		types = types[n:]
		size := columnSize(kind)
		if size > int64(len(content)) {
			return nil
		}
		out = append(out, content[:size])
		content = content[size:]
	}
	return out
}

// columnSize returns the length of a column of the given type.
func columnSize(kind int64) int64 {
	switch {
	case kind >= 12:
		return (kind - 12) / 2 // even: a blob, odd: a text
	case kind <= 4:
		return kind
	case kind == 5:
		return 6
	case kind <= 7:
		return 8
	}
	return 0 // the constants 0 and 1
}

// varint returns a number of up to nine bytes and its length, 0 if b ends before it.
// "A variable-length integer".
func varint(b []byte) (int64, int) {
	var v uint64
	for i, c := range b {
		if i == 8 {
			return int64(v<<8 | uint64(c)), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return int64(v), i + 1
		}
	}
	return 0, 0
}
