package conffile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of what is read and kept of configuration files.
const (
	maxConfigs  = 16 << 20       // all files together, in bytes
	maxMain     = bounded.Config // of a main file, in which ports and settings are looked for, in bytes
	maxLine     = 1 << 20        // longer lines are read in parts of so many bytes
	maxNames    = 4096           // accounts of all files, and modules of one
	maxSettings = 1000           // of a main file; files have a dozen
	sniffed     = 512            // bytes in which a binary file has one that is 0
)

// reader reads configuration files within limits for all of them.
type reader struct {
	image    *sysroot.Root
	left     int64           // of maxConfigs
	accounts map[string]bool // "user NAME" and "group NAME" that were found
	ports    map[string]bool
	out      Contents
}

// Read reads the configuration files of an image, nil being an empty one. Files
// that are not there, or are no text, say nothing; those that are too large make
// a warning. Errors are those of reading, that of a ctx that has ended, and one
// for a file with too many settings.
func Read(ctx context.Context, image fs.ReadLinkFS, files []Config) (Contents, error) {
	if image == nil {
		return Contents{}, nil
	}
	r := reader{image: sysroot.New(image), left: maxConfigs, accounts: map[string]bool{}, ports: map[string]bool{}}
	for _, c := range files {
		if err := r.read(ctx, c); err != nil {
			return Contents{}, err
		}
	}
	return r.out, nil
}

// read reads one file.
func (r *reader) read(ctx context.Context, c Config) error {
	n, err := r.image.Walk(c.Path)
	if sysroot.IsAbsent(err) || err == nil && !n.Info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	f, err := r.image.OpenNode(n)
	if err != nil {
		return err
	}
	defer f.Close()
	size := r.allowed(c, n.Info.Size())
	isText, err := looksLikeText(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.shown(), err)
	}
	if size == 0 || !isText {
		return nil
	}
	r.left = max(0, r.left-size)
	return r.lines(ctx, c, io.NewSectionReader(f, 0, size))
}

// looksLikeText reports whether a file has no NUL byte in its beginning.
func looksLikeText(f io.ReaderAt) (bool, error) {
	head := make([]byte, sniffed)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.IndexByte(head[:n], 0) < 0, nil
}

// allowed returns how much of a file of that size is read, and warns of the rest.
func (r *reader) allowed(c Config, size int64) int64 {
	if c.Main && size > maxMain {
		r.warn(fmt.Errorf("%s: only the first %d MiB are searched for ports and directories", c.shown(), maxMain>>20))
	}
	if size > r.left {
		r.warn(fmt.Errorf("%s: together with the files read before it %w; the accounts and modules that it names are ignored",
			c.shown(), &bounded.SizeError{Limit: maxConfigs}))
		if !c.Main {
			return 0
		}
		return min(size, maxMain)
	}
	return size
}

func (r *reader) warn(err error) { r.out.Warnings = append(r.out.Warnings, err) }

// lines reads a file line by line.
func (r *reader) lines(ctx context.Context, c Config, text *io.SectionReader) error {
	lines := bufio.NewReaderSize(text, int(min(maxLine, text.Size()+1)))
	s := fileScan{reader: r, file: c, modules: map[string]bool{}, loopback: -1}
	var statements statementReader
	var at int64
	whole := true // the last line was read to its end
	for ctx.Err() == nil {
		line, err := lines.ReadSlice('\n')
		at += int64(len(line))
		next := statements.next
		if !whole {
			next = statements.more
		}
		for st := range next(string(line)) {
			if err := s.statement(st, at <= maxMain); err != nil {
				return err
			}
		}
		whole = !errors.Is(err, bufio.ErrBufferFull)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && whole {
			return fmt.Errorf("%s: %w", c.shown(), err)
		}
	}
	s.finish()
	return ctx.Err()
}
