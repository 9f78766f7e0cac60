// Package elffile reads one ELF file the way that dynamic loaders do: by its
// program headers, never by its section headers.
//
// It reads the interpreter, libraries, search lists and symbol versions that the
// file names, the symbols that it imports, and the libraries that it may open with
// dlopen according to its notes and strings. Every number in a file is checked
// against the size of the file, and everything that is read has a limit, so that
// no file takes more than a few megabytes of memory.
//
// It opens no other file and runs nothing. Its caveat: without section headers it
// does not see what these alone describe, such as debug information and the static
// symbol table.
//
// Start with Open or NewFile, which are for a single file. Package elfdeps, which
// keeps the headers of many files without keeping the files open, uses Read and
// With.
package elffile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is an open ELF file: what Read found in its headers, and methods that read
// more of it.
type File struct {
	*Info
	name string // as errors call it; may be empty
	r    io.ReaderAt
}

// Open opens the ELF file called name of this machine. The caller closes it.
func Open(name string) (*File, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &KindError{name, "a directory"}
	case !info.Mode().IsRegular(): // to open a named pipe would wait for its other end
		return nil, &KindError{name, "a special file"}
	}
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := open(r, name)
	if err != nil {
		r.Close()
		return nil, err
	}
	return f, nil
}

// open reads the file r, whose size may have changed since it was looked up.
func open(r *os.File, name string) (*File, error) {
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return With(Read(r, info.Size(), name), name, r)
}

// NewFile reads the ELF file r, which has size bytes. The error is a *KindError or a
// *FormatError for a file that is neither a program nor a shared object. If r is an
// io.Closer, Close closes it.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	return With(Read(r, size, ""), "", r)
}

// With returns a File of headers that were read before. Its methods read through r,
// and their errors call the file name. The error is one of reading the headers, or
// of Check.
func With(info *Info, name string, r io.ReaderAt) (*File, error) {
	if info.Err != nil {
		return nil, (&File{name: name}).failed(info.Err)
	}
	if err := info.Check(name); err != nil {
		return nil, err
	}
	return &File{info, name, r}, nil
}

// Close closes the reader that f was made with, if it can be closed.
func (f *File) Close() error {
	if c, ok := f.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// failed returns err as the error of a method of f.
func (f *File) failed(err error) error {
	if err == nil {
		return nil
	}
	if f.name == "" {
		return fmt.Errorf("reading: %w", err)
	}
	return fmt.Errorf("%s: reading: %w", f.name, err)
}
