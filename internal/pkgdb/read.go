package pkgdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of what one call of Open, Files or Providers reads and keeps. Each is several
// times the need of the largest installations.
const (
	maxFile    = bounded.Database // a file of a database, in bytes
	maxLists   = 256 << 20        // all lists of files together, in bytes
	maxIndexes = 1 << 30          // all downloaded indexes together, packed and unpacked, in bytes
	maxKept    = 24 << 20         // the data kept of all packages, or of the files of one, in bytes
	maxEntries = 1 << 17          // entries of a directory
	maxOpened  = 1 << 15          // files of a directory that are opened
	maxFound   = 16               // providers of a name
	maxPaths   = 1 << 15          // paths whose owners are searched at once
	maxNeeds   = 1 << 15          // names in the dependencies of a package
)

var (
	errStop    = errors.New("enough has been read") // ends the reading of a file before its end
	errChanged = errors.New("changed while it was read")
)

// budget is the rest of a limit.
type budget struct {
	left    int64
	checked int64 // the value of left when ctx was last checked
	err     error // the error if it is exceeded
}

func newBudget(limit int64, what string) *budget {
	return &budget{limit, limit, fmt.Errorf("%s: %w", what, &bounded.SizeError{Limit: limit})}
}

// keptBudget returns the budget for what stays in memory.
func keptBudget(what string) *budget {
	return &budget{maxKept, maxKept, fmt.Errorf("%s take more than %d MiB of memory", what, maxKept>>20)}
}

// checkAfter is the number of bytes after which ctx is checked again.
const checkAfter = 1 << 16

// spend subtracts n from the budget. It returns an error if the budget is exceeded or ctx
// has ended.
func (b *budget) spend(ctx context.Context, n int64) error {
	if b.left -= n; b.left < 0 {
		return b.err
	}
	if b.checked-b.left < checkAfter {
		return nil
	}
	b.checked = b.left
	return ctx.Err()
}

// reader reads files of a tree line by line. It reads one at a time.
type reader struct {
	root *sysroot.Root
	buf  *bufio.Reader // kept from file to file
}

const (
	lineBuffer = 1 << 18
	// lineCost is added to the length of a line, so that a file of empty lines does not
	// take longer than others of its size.
	lineCost = 16
)

func newReader(root *sysroot.Root) *reader {
	return &reader{root: root, buf: bufio.NewReaderSize(nil, lineBuffer)}
}

// lines calls f for every line of the regular file name, which may have at most
// maxFile bytes.
func (r *reader) lines(ctx context.Context, name string, b *budget, f func(line []byte) error) error {
	n, err := r.root.Walk(name)
	if err != nil {
		return err
	}
	if n.Info.Size() > maxFile {
		return fmt.Errorf("%s: %w", name, &bounded.SizeError{Limit: maxFile})
	}
	in, err := r.root.OpenNode(n)
	if err != nil {
		return err
	}
	defer in.Close()
	return r.each(ctx, io.LimitReader(in, maxFile), b, f)
}

// each calls f for every line of in, without its end, until f returns an error.
// Lines longer than the buffer, which no database has, are skipped.
func (r *reader) each(ctx context.Context, in io.Reader, b *budget, f func(line []byte) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.buf.Reset(in)
	long := false // the current line did not fit
	for {
		line, err := r.buf.ReadSlice('\n')
		if spent := b.spend(ctx, int64(len(line))+lineCost); spent != nil {
			return spent
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			long = true
			continue
		}
		if len(line) > 0 && !long {
			if err := f(trimEnd(line)); err != nil {
				return err
			}
		}
		long = false
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// trimEnd returns a line without its end.
func trimEnd(line []byte) []byte {
	if n := len(line) - 1; line[n] == '\n' {
		return line[:n]
	}
	return line
}

// dir returns the sorted entries of a directory, none if it does not exist.
func (r *reader) dir(name string) ([]fs.DirEntry, error) {
	list, err := bounded.ReadDir(r.root, name, maxEntries)
	if sysroot.IsAbsent(err) {
		return nil, nil
	}
	return list, err
}
