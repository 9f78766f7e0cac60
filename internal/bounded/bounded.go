// Package bounded reads whole files and streams up to a limit.
//
// Untrusted input, such as files of the source and answers of engines, is read with
// this package or in pieces, so that no input can make a run use unlimited memory. The
// package follows symlinks only as the file system does. Start with ReadFile.
package bounded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Database is the limit, in bytes, for package databases and other files whose size
// depends on what is installed.
const Database = 64 << 20

// Config is the limit, in bytes, for files that are written by hand.
const Config = 4 << 20

// SizeError is the error for an input that is larger than its limit.
type SizeError struct {
	Limit int64 // in bytes
}

func (e *SizeError) Error() string {
	if e.Limit >= 1<<20 {
		return fmt.Sprintf("larger than %d MiB", e.Limit>>20)
	}
	return fmt.Sprintf("larger than %d bytes", e.Limit)
}

// ReadAll reads r to its end. If r has more than limit bytes, the error is a
// *SizeError.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, &SizeError{limit}
	}
	return data, err
}

// ReadFile reads the regular file name of fsys. Errors are *fs.PathError: with a
// *SizeError if the file has more than limit bytes, with EISDIR for a directory, and
// with EINVAL for other files that are not regular.
func ReadFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return readOpened(f, name, limit)
}

// ReadHostFile is ReadFile for a file of this machine. It never blocks on a pipe.
func ReadHostFile(name string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return readOpened(f, name, limit)
}

// readOpened reads f to its end and closes it.
func readOpened(f fs.File, name string, limit int64) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err = check(info, limit); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	data, err := ReadAll(f, limit)
	if _, tooLarge := err.(*SizeError); tooLarge { //nolint:errorlint // ReadAll does not wrap it
		err = &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, err
}

// check returns the error for a file that is too large or not regular.
func check(info fs.FileInfo, limit int64) error {
	switch {
	case info.IsDir():
		return syscall.EISDIR
	case !info.Mode().IsRegular():
		return syscall.EINVAL
	case info.Size() > limit:
		return &SizeError{limit}
	}
	return nil
}

// ReadNamed reads a file of this machine that a flag names, up to limit bytes. It may
// be a pipe of the shell, as in --env-file <(…).
func ReadNamed(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, limit)
}
