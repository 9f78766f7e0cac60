package rootfs

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// Content provides the bytes of a regular file. Open may be called several times
// and by several goroutines. Bytes is a Content, and AddFrom and Copy make one for
// each file; programs whose content is neither in memory nor in an fs.FS implement
// it.
type Content interface {
	Open() (File, error)
}

// File is an open regular file that can be read at any offset.
type File interface {
	fs.File
	io.ReaderAt
}

// Bytes is content that is held in memory.
type Bytes []byte

// Open implements Content.
func (b Bytes) Open() (File, error) { return &memFile{bytes.NewReader(b), b}, nil }

// memFile is an open Bytes.
type memFile struct {
	*bytes.Reader
	data Bytes
}

func (f *memFile) Close() error { return nil }

func (f *memFile) Stat() (fs.FileInfo, error) { return memInfo{int64(len(f.data))}, nil }

// memInfo describes a memFile, which has neither a name nor a time.
type memInfo struct{ size int64 }

func (i memInfo) Name() string       { return "" }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return 0o644 }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return false }
func (i memInfo) Sys() any           { return nil }
