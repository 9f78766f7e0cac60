// Package rpm reads the packages that an rpm database holds, in each of the
// three forms that rpm has kept it in: SQLite (since 4.16), its own "ndb" (SUSE)
// and the hash of a Berkeley DB (before 4.16).
//
// It reads from an io.ReaderAt, so the database may lie in any file system,
// and holds no more of these formats than reading every package takes: it
// writes nothing, takes no locks and knows no queries. It keeps one package in
// memory at a time, and none of its limits depends on what a database says of
// itself. Its caveat: a database that rpm is writing to at the moment may be
// found inconsistent, which is an error. Start with Each.
//
// A library for this exists, github.com/knqyf263/go-rpmdb. It takes names of
// files instead of file systems, knows neither ghosts nor files that were not
// installed, and leaves SQLite to a driver that the program must register,
// which adds 4 MB to it and nearly half a millisecond to its every start.
package rpm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// The limits, several times what the largest installations need.
const (
	maxDatabase = 512 << 20        // the size of a database, in bytes
	maxLog      = bounded.Database // the size of a write-ahead log, in bytes
	maxHeader   = 32 << 20         // the size of a package's header, in bytes
)

// ErrFormat is the error for a file that is no rpm database of a known form.
var ErrFormat = errors.New("no rpm database: neither SQLite, ndb nor Berkeley DB")

// File is an open file and its size in bytes. The zero value is no file.
type File struct {
	io.ReaderAt
	Size int64
}

// Each calls f for every package of the database db, in its order, until f
// returns an error, which is then that of Each. wal is the write-ahead log
// beside an SQLite database. A package is valid until f returns. Errors in the
// format are *FormatError, a file that is too large is a *bounded.SizeError, and
// the error of a ctx that ended is its own.
func Each(ctx context.Context, db, wal File, f func(*Package) error) error {
	switch {
	case db.Size > maxDatabase:
		return &bounded.SizeError{Limit: maxDatabase}
	case wal.Size > maxLog:
		return fmt.Errorf("its write-ahead log: %w", &bounded.SizeError{Limit: maxLog})
	}
	var head [32]byte
	if n, err := db.ReadAt(head[:], 0); n < len(head) {
		return headError(err)
	}
	in := &input{File: db, ctx: ctx}
	each := func(blob []byte) error {
		p, err := parsePackage(blob)
		if err != nil {
			return err
		}
		return f(p)
	}
	switch {
	case string(head[:16]) == sqliteMagic:
		return readSQLite(in, wal, each)
	case string(head[:4]) == ndbMagic:
		return readNDB(in, each)
	case bdbOrder(head[12:16]) != nil:
		return readBDB(in, each)
	}
	return ErrFormat
}

// headError is the error for a file whose first bytes could not be read.
func headError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return err
}

// input is a database that is being read. It lives as long as one call of Each,
// whose context it holds.
type input struct {
	File
	ctx  context.Context
	blob []byte // the header of the package at hand
}

// span reads n bytes at offset, which must lie inside the file.
func (in *input) span(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || n > in.Size || offset > in.Size-n {
		return nil, &FormatError{offset, fmt.Sprintf("%d bytes reach beyond the file's %d", n, in.Size)}
	}
	buf := make([]byte, n)
	return buf, in.read(buf, offset)
}

// read fills buf with what is at offset.
func (in *input) read(buf []byte, offset int64) error {
	if err := in.ctx.Err(); err != nil {
		return err
	}
	n, err := in.ReadAt(buf, offset)
	switch {
	case n == len(buf):
		return nil
	case errors.Is(err, io.EOF):
		return &FormatError{offset, "the file ends here"}
	}
	return err
}

// room returns an empty slice that takes n bytes, for a package's header at
// offset. The one before it is overwritten.
func (in *input) room(offset, n int64) ([]byte, error) {
	if n > maxHeader {
		return nil, &FormatError{offset, fmt.Sprintf("a package's header of %d bytes, more than %d MiB", n, maxHeader>>20)}
	}
	if int64(cap(in.blob)) < n {
		in.blob = make([]byte, 0, n)
	}
	return in.blob[:0], nil
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
