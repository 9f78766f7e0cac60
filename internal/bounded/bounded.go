// Package bounded reads files and streams whole, up to a stated limit.
//
// Whatever comes from outside (a system that is packed, an engine's answer, a
// layout that others write to) is read through it or piece by piece, so that no
// single input decides how much memory a run needs. It follows symlinks only as
// the file system that it is given does. Start with ReadFile.
package bounded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Database is the limit for a package database and other files of a system
// that grow with what is installed, in bytes.
const Database = 64 << 20

// Config is the limit for files that people write, in bytes.
const Config = 4 << 20

// SizeError says that an input is larger than its limit.
type SizeError struct {
	Limit int64 // in bytes
}

func (e *SizeError) Error() string {
	if e.Limit >= 1<<20 {
		return fmt.Sprintf("larger than %d MiB", e.Limit>>20)
	}
	return fmt.Sprintf("larger than %d bytes", e.Limit)
}

// ReadAll reads r to its end. What is longer than limit bytes is a *SizeError.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, &SizeError{limit}
	}
	return data, err
}

// ReadFile reads the regular file name of fsys. What is longer than limit bytes
// is a *SizeError, and what is no regular file an EISDIR or EINVAL, both in an
// *fs.PathError.
func ReadFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return readOpened(f, name, limit)
}

// ReadHostFile is ReadFile for a file of this machine. It never waits for the
// other end of a pipe.
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
	if _, tooLarge := err.(*SizeError); tooLarge { //nolint:errorlint // ReadAll returns it as it is
		err = &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, err
}

// check refuses what need not be read to be refused.
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

// ReadNamed reads the file of this machine that a user names, of at most limit bytes.
// It may be a pipe of the shell, as in --env-file <(…).
func ReadNamed(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, limit)
}
