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

// The limits for reading configuration files.
const (
	maxConfigs  = 16 << 20       // all files together, in bytes
	maxMain     = bounded.Config // the beginning of a main file with ports and settings, in bytes
	maxLine     = 1 << 20        // the length of a line, in bytes; longer ones are read in parts
	maxNames    = 4096           // accounts of all files, and modules of one
	maxSettings = 1000           // settings of a main file; files have a dozen
	sniffed     = 512            // the bytes that are searched for NUL, to detect binary files
)

// input is a file to read.
type input struct {
	Config
	main  string // the path of the main file that includes it, directly or not
	depth int    // the number of files that include each other on the way to it
}

// reader reads configuration files within the limits.
type reader struct {
	image     *sysroot.Root
	left      int64           // the rest of maxConfigs
	accounts  map[string]bool // the accounts that were found, as "user NAME" or "group NAME"
	ports     map[string]bool
	variables map[string]bool // the variables that were found or defined
	queue     []input         // main files that will be read
	includes  int             // the number of included files so far
	seen      map[string]bool // the files that were read, by their real paths
	out       Contents
}

// Read reads the configuration files of an image, and the files that main files include;
// nil is an empty image. Files that do not exist or are not text are ignored. A file that
// is too large is a warning. Read returns an error if a file cannot be read or has too
// many settings, or ctx has ended.
func Read(ctx context.Context, image fs.ReadLinkFS, files []Config) (Contents, error) {
	if image == nil {
		return Contents{}, nil
	}
	r := reader{
		image: sysroot.New(image), left: maxConfigs,
		accounts: map[string]bool{}, ports: map[string]bool{}, seen: map[string]bool{},
		variables: map[string]bool{},
	}
	var others []input
	for _, c := range files {
		one := input{Config: c, main: c.Path}
		if c.Main {
			r.queue = append(r.queue, one)
		} else {
			others = append(others, one)
		}
	}
	for len(r.queue)+len(others) > 0 {
		if len(r.queue) == 0 {
			r.queue, others = others, nil
		}
		next := r.queue[0]
		r.queue = r.queue[1:]
		if err := r.read(ctx, next); err != nil {
			return Contents{}, err
		}
	}
	return r.out, nil
}

// read reads one file.
func (r *reader) read(ctx context.Context, c input) error {
	n, err := r.image.Walk(c.Path)
	if sysroot.IsAbsent(err) || err == nil && !n.Info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	if r.seen[n.Real] {
		return nil
	}
	r.seen[n.Real] = true
	f, err := r.image.OpenNode(n)
	if err != nil {
		return err
	}
	defer f.Close()
	size := r.allowed(c.Config, n.Info.Size())
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

// looksLikeText reports whether the beginning of f has no NUL byte.
func looksLikeText(f io.ReaderAt) (bool, error) {
	head := make([]byte, sniffed)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.IndexByte(head[:n], 0) < 0, nil
}

// allowed returns the number of bytes to read of a file with the given size. It adds a
// warning if that is not the whole file.
func (r *reader) allowed(c Config, size int64) int64 {
	if c.Main && size > maxMain {
		r.warn(fmt.Errorf("%s: only the first %d MiB are searched for ports and directories", c.shown(), maxMain>>20))
	}
	if size > r.left {
		r.warn(fmt.Errorf("%s: together with the files read before it %w; "+
			"the accounts and modules that it names are ignored", c.shown(), &bounded.SizeError{Limit: maxConfigs}))
		if !c.Main {
			return 0
		}
		return min(size, maxMain)
	}
	return size
}

func (r *reader) warn(err error) { r.out.Warnings = append(r.out.Warnings, err) }

// lines reads a file line by line.
func (r *reader) lines(ctx context.Context, c input, text *io.SectionReader) error {
	lines := bufio.NewReaderSize(text, int(min(maxLine, text.Size()+1)))
	s := fileScan{reader: r, file: c, modules: map[string]bool{}, loopback: -1}
	var statements statementReader
	var at int64
	whole := true // the last line was read completely
	for ctx.Err() == nil {
		line, err := lines.ReadSlice('\n')
		at += int64(len(line))
		next := statements.next
		if !whole {
			next = statements.more
		}
		s.addVariables(string(line), statements.line+1)
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
