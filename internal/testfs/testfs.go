// Package testfs is a file system in memory for tests. It can make operations fail,
// record them, and give files a size greater than their data. Its caveat: ReadDir is
// that of fstest.MapFS, which is not recorded and cannot be made to fail. Start with FS.
package testfs

import (
	"errors"
	"io"
	"io/fs"
	"testing/fstest"
)

// FS is a file system in memory. The zero value is an empty one.
type FS struct {
	fstest.MapFS
	// Fail has the errors of operations, by operation and name: "open usr/lib". The
	// operations are lstat, readlink, open, read and getxattr. The errors are returned
	// in an *fs.PathError.
	Fail map[string]error
	// Asked, if not nil, is called with each operation except read, in the form of Fail.
	Asked *[]string
	// Size has the sizes of files by name. A file that is larger than its data ends in
	// zeros.
	Size map[string]int64
}

func (f FS) ask(op, name string) error {
	if f.Asked != nil {
		*f.Asked = append(*f.Asked, op+" "+name)
	}
	return f.failure(op, name)
}

func (f FS) failure(op, name string) error {
	if err := f.Fail[op+" "+name]; err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// Lstat implements fs.ReadLinkFS.
func (f FS) Lstat(name string) (fs.FileInfo, error) {
	if err := f.ask("lstat", name); err != nil {
		return nil, err
	}
	info, err := f.MapFS.Lstat(name)
	return f.sized(name, info, err)
}

// sized returns info with the size in f.Size, if the file has one there.
func (f FS) sized(name string, info fs.FileInfo, err error) (fs.FileInfo, error) {
	size, ok := f.Size[name]
	if err != nil || !ok {
		return info, err
	}
	return sizedInfo{info, size}, nil
}

// ReadLink implements fs.ReadLinkFS.
func (f FS) ReadLink(name string) (string, error) {
	if err := f.ask("readlink", name); err != nil {
		return "", err
	}
	return f.MapFS.ReadLink(name)
}

// Getxattr returns the error of the operation getxattr. No file has an attribute.
func (f FS) Getxattr(name, _ string) ([]byte, error) { return nil, f.ask("getxattr", name) }

// Open implements fs.FS.
func (f FS) Open(name string) (fs.File, error) {
	if err := f.ask("open", name); err != nil {
		return nil, err
	}
	opened, err := f.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	at, ok := opened.(io.ReaderAt)
	if _, sized := f.Size[name]; !ok || !sized && f.failure("read", name) == nil {
		return opened, nil
	}
	return &file{File: opened, data: at, fs: f, name: name}, nil
}

// file is an open file with a size from FS.Size or an error from FS.Fail.
type file struct {
	fs.File
	data io.ReaderAt
	fs   FS
	name string
	at   int64 // the offset of the next Read
}

func (f *file) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return f.fs.sized(f.name, info, err)
}

func (f *file) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.at)
	f.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	if err := f.fs.failure("read", f.name); err != nil {
		return 0, err
	}
	size, ok := f.fs.Size[f.name]
	if !ok {
		return f.data.ReadAt(b, off)
	}
	n := int(min(int64(len(b)), max(0, size-off)))
	clear(b[:n])
	_, err := f.data.ReadAt(b[:n], off)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, fs.ErrInvalid): // beyond the data
		return 0, err
	case n < len(b):
		return n, io.EOF
	}
	return n, nil
}

type sizedInfo struct {
	fs.FileInfo
	size int64
}

func (i sizedInfo) Size() int64 { return i.size }
