// Package rpm reads the packages that an rpm database holds, in each of the
// three forms that rpm has kept it in: SQLite (since 4.16), its own "ndb" (SUSE)
// and the hash of a Berkeley DB (before 4.16).
//
// It reads from an io.ReaderAt, so the database may lie in any file system,
// and holds no more of these formats than reading every package takes: it
// writes nothing, takes no locks and knows no queries. Its caveat: a database
// that rpm is writing to at the moment may be found inconsistent, which is an
// error. Start with Read.
//
// A library for this exists, github.com/knqyf263/go-rpmdb. It takes names of
// files instead of file systems, knows neither ghosts nor files that were not
// installed, and leaves SQLite to a driver that the program must register,
// which adds 4 MB to it and nearly half a millisecond to its every start.
package rpm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat is the error for a file that is no rpm database of a known form.
var ErrFormat = errors.New("no rpm database: neither SQLite, ndb nor Berkeley DB")

// Read returns the packages of the database db of size bytes. wal is what
// stands in the write-ahead log beside an SQLite database, nil when there is
// none. Errors in the format are *FormatError.
func Read(db io.ReaderAt, size int64, wal []byte) ([]*Package, error) {
	var head [32]byte
	if n, err := db.ReadAt(head[:], 0); n < len(head) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var blobs [][]byte
	var err error
	switch {
	case string(head[:16]) == sqliteMagic:
		blobs, err = readSQLite(db, size, wal)
	case string(head[:4]) == ndbMagic:
		blobs, err = readNDB(db, size)
	case bdbOrder(head[12:16]) != nil:
		blobs, err = readBDB(db, size)
	default:
		return nil, ErrFormat
	}
	if err != nil {
		return nil, err
	}
	out := make([]*Package, 0, len(blobs))
	for _, blob := range blobs {
		p, err := parsePackage(blob)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// span reads n bytes at offset, which must lie inside the file.
func span(r io.ReaderAt, size, offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || n > size || offset > size-n {
		return nil, &FormatError{offset, fmt.Sprintf("%d bytes reach beyond the file's %d", n, size)}
	}
	buf := make([]byte, n)
	if _, err := r.ReadAt(buf, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return buf, nil
}

// bdbOrder is the byte order of a Berkeley DB hash, by its magic number.
func bdbOrder(magic []byte) binary.ByteOrder {
	switch {
	case binary.LittleEndian.Uint32(magic) == bdbHashMagic:
		return binary.LittleEndian
	case binary.BigEndian.Uint32(magic) == bdbHashMagic:
		return binary.BigEndian
	}
	return nil
}
