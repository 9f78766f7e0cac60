package rpm

import (
	"encoding/binary"
	"fmt"
	"io"
)

// As much of SQLite as it takes to read every row of one table: "Database File
// Format" (fileformat2.html), of which the sections are named below.
const (
	sqliteMagic = "SQLite format 3\x00"

	sqliteInterior = 5
	sqliteLeaf     = 13

	// sqliteDepth is more than any tree of 2^32 pages has.
	sqliteDepth = 20
)

type sqliteFile struct {
	io.ReaderAt
	size   int64
	page   int64
	usable int64             // of a page, without what is reserved at its end
	newer  map[uint32][]byte // pages in the write-ahead log
	budget int64             // what is still to be read before pages must be shared
}

// readSQLite returns the column blob of every row of the table Packages, which
// rpm creates as (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL):
// rpm, lib/backend/sqlite.c.
func readSQLite(db io.ReaderAt, size int64, wal []byte) ([][]byte, error) {
	head, err := span(db, size, 0, 100)
	if err != nil {
		return nil, err
	}
	s := &sqliteFile{ReaderAt: db, size: size, page: int64(binary.BigEndian.Uint16(head[16:])), budget: 2*size + 2*int64(len(wal))}
	if s.page == 1 {
		s.page = 65536
	}
	if s.page < 512 || s.page&(s.page-1) != 0 {
		return nil, &FormatError{16, fmt.Sprintf("page size %d", s.page)}
	}
	s.usable = s.page - int64(head[20])
	if s.usable < 480 {
		return nil, &FormatError{20, fmt.Sprintf("%d bytes of each page reserved", head[20])}
	}
	s.newer = readWAL(wal, s.page)
	root, err := s.table("Packages")
	if err != nil {
		return nil, err
	}
	var out [][]byte
	err = s.walk(root, 0, func(row [][]byte) {
		if len(row) >= 2 {
			out = append(out, row[1])
		}
	})
	return out, err
}

// table finds the root page of a table in the schema, the table whose root is
// page 1: (type, name, tbl_name, rootpage, sql). "Storage Of The SQL Database
// Schema".
func (s *sqliteFile) table(name string) (uint32, error) {
	var root uint32
	err := s.walk(1, 0, func(row [][]byte) {
		if len(row) >= 4 && string(row[0]) == "table" && string(row[1]) == name {
			for _, b := range row[3] {
				root = root<<8 | uint32(b)
			}
		}
	})
	if err == nil && root == 0 {
		err = &FormatError{100, "no table " + name}
	}
	return root, err
}

// read returns page n and its offset in the file.
func (s *sqliteFile) read(n uint32) ([]byte, int64, error) {
	at := (int64(n) - 1) * s.page
	if s.budget -= s.page; s.budget < 0 {
		return nil, at, &FormatError{at, "pages are used more than once"}
	}
	if p, ok := s.newer[n]; ok {
		return p, at, nil
	}
	p, err := span(s, s.size, at, s.page)
	return p, at, err
}

// walk calls f with the columns of every row below page n, in order. "B-tree
// Pages".
func (s *sqliteFile) walk(n uint32, depth int, f func([][]byte)) error {
	p, at, err := s.read(n)
	if err != nil {
		return err
	}
	start := int64(0)
	if n == 1 {
		start = 100 // the file's own head
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

// row reads a cell of a leaf: the payload's length, the row's number, and the
// payload, of which what does not fit lies in a chain of overflow pages.
// "B-tree Cell Format".
func (s *sqliteFile) row(cell []byte, at int64, f func([][]byte)) error {
	length, n := varint(cell)
	_, m := varint(cell[n:])
	if n == 0 || m == 0 || length < 0 || length > s.size+s.page*int64(len(s.newer)) {
		return &FormatError{at, fmt.Sprintf("row of %d bytes", length)}
	}
	local := s.local(length)
	cell = cell[n+m:]
	if local > int64(len(cell)) {
		return &FormatError{at, "row reaches beyond its page"}
	}
	payload := append(make([]byte, 0, local), cell[:local]...)
	if local < length {
		if int64(len(cell)) < local+4 {
			return &FormatError{at, "row reaches beyond its page"}
		}
		next := binary.BigEndian.Uint32(cell[local:])
		for int64(len(payload)) < length {
			p, _, err := s.read(next)
			if err != nil {
				return err
			}
			payload = append(payload, p[4:4+min(s.usable-4, length-int64(len(payload)))]...)
			next = binary.BigEndian.Uint32(p)
		}
	}
	row := columns(payload)
	if row == nil {
		return &FormatError{at, "malformed row"}
	}
	f(row)
	return nil
}

// local is how much of a payload of length bytes lies in the leaf itself:
// "B-tree Cell Format", where U is the usable size.
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

// columns cuts a row into its columns: the length of a head, a type for each
// column in it, and their contents. nil: malformed. "Record Format".
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

// columnSize is the length of a column of that type.
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

// varint reads a number of up to nine bytes and returns how many it took, 0
// when b ends within it. "A variable-length integer".
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
