// Package rpm reads the packages of an rpm database in SQLite format, which rpm has
// used by default since 4.16. The tests compare it with rpm 4.18: databases that rpm
// wrote, with what rpm itself prints for them. The older formats, Berkeley DB and
// SUSE's ndb, are not read; "rpmdb --rebuilddb" converts them.
//
// It reads from an io.ReaderAt, so the database may lie in any file system. It writes
// nothing, takes no locks, reads every package in turn and has no queries. One package
// is in memory at a time, and no limit depends on numbers in the database. Its caveat:
// a database that rpm is writing may be found inconsistent, which is an error. Start
// with Each.
//
// The library github.com/knqyf263/go-rpmdb is not used: it takes file names instead of
// file systems, does not report ghosts and files that were not installed, and needs a
// registered SQLite driver, which adds 4 MB to the program.
package rpm

import (
	"context"
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

// errFormat is the error for a file that is not an SQLite database.
var errFormat = errors.New("not an rpm database in SQLite format")

// File is an open file and its size in bytes. The zero value stands for no file.
type File struct {
	io.ReaderAt
	Size int64
}

// Each calls f for every package of the database db, in its order, until f returns an
// error, which Each returns. wal is the write-ahead log of the database. A package is
// valid until f returns. The error is a *FormatError for a malformed database, a
// *bounded.SizeError for one that is too large, and that of ctx when ctx ends.
func Each(ctx context.Context, db, wal File, f func(*Package) error) error {
	switch {
	case db.Size > maxDatabase:
		return &bounded.SizeError{Limit: maxDatabase}
	case wal.Size > maxLog:
		return fmt.Errorf("its write-ahead log: %w", &bounded.SizeError{Limit: maxLog})
	}
	var head [len(sqliteMagic)]byte
	if n, err := db.ReadAt(head[:], 0); n < len(head) {
		return headError(err)
	}
	if string(head[:]) != sqliteMagic {
		return errFormat
	}
	return readSQLite(&input{File: db, ctx: ctx}, wal, func(blob []byte) error {
		p, err := parsePackage(blob)
		if err != nil {
			return err
		}
		return f(p)
	})
}

// headError is the error for a file whose first bytes could not be read.
func headError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errFormat, err)
	}
	return err
}

// input is a database that is being read. It exists only during a call of Each, whose
// context it has.
type input struct {
	File
	ctx  context.Context
	blob []byte // the header of the current package
}

// span returns n bytes at offset, which must be inside the file.
func (in *input) span(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || n > in.Size || offset > in.Size-n {
		return nil, &FormatError{offset, fmt.Sprintf("%d bytes reach beyond the file's %d", n, in.Size)}
	}
	buf := make([]byte, n)
	return buf, in.read(buf, offset)
}

// read fills buf with the bytes at offset.
func (in *input) read(buf []byte, offset int64) error {
	if err := in.ctx.Err(); err != nil {
		return err
	}
	n, err := in.ReadAt(buf, offset)
	switch {
	case n == len(buf):
		return nil
	case errors.Is(err, io.EOF):
		return &FormatError{offset, "unexpected end of file"}
	}
	return err
}

// room returns an empty slice with capacity n, for a package's header at offset. It
// reuses the memory of the previous header.
func (in *input) room(offset, n int64) ([]byte, error) {
	if n > maxHeader {
		return nil, &FormatError{offset, fmt.Sprintf("a package's header of %d bytes, more than %d MiB", n, maxHeader>>20)}
	}
	if int64(cap(in.blob)) < n {
		in.blob = make([]byte, 0, n)
	}
	return in.blob[:0], nil
}
