package rootfs

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"
)

// Entry is one file, directory or symlink of a tree.
type Entry struct {
	// Path is absolute, in the image. Add folds "//", "/./" and a trailing
	// slash, and refuses "..", NUL bytes, relative paths, names of more than 255
	// bytes and paths of more than 4095.
	Path string

	// Mode has the type (regular, directory or symlink), the permissions and
	// the set-id and sticky bits. Those of a symlink are always 0777.
	Mode fs.FileMode

	// UID and GID are the owner's numbers, up to 2^32-2; names are never written.
	UID, GID int

	// Linkname is the text of a symlink, kept as it is.
	Linkname string

	// Hardlink is set by settling alone: the path of the entry that this one is
	// another name of. It sorts first of all its names and has no Hardlink.
	Hardlink string

	// Size is the length of a regular file in bytes.
	Size int64

	// Xattrs are extended attributes by name, such as the file capabilities in
	// "security.capability".
	Xattrs map[string]string

	// Content has the bytes of a regular file.
	Content Content

	// Claim says who wants the entry, for messages: "--conf redis.conf".
	Claim string
}

// Content is where the bytes of a regular file come from. Open may be called
// more than once and from several goroutines.
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

// modeBits are the bits of a mode that an image keeps.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// normal checks what Add was given and brings it into the one form that equal
// entries share.
func (e Entry) normal() (Entry, error) {
	p, err := cleanPath(e.Path)
	if err != nil {
		return e, err
	}
	e.Path, e.Hardlink = p, ""
	kind := e.Mode.Type()
	e.Mode &= modeBits | fs.ModeType
	if p == "/" && kind != fs.ModeDir {
		return e, fmt.Errorf("/: cannot be a %s", kindName(kind))
	}
	if kind != 0 {
		e.Size, e.Content = 0, nil
	}
	if kind != fs.ModeSymlink {
		e.Linkname = ""
	}
	switch kind {
	case fs.ModeDir:
	case fs.ModeSymlink:
		e.Mode = fs.ModeSymlink | fs.ModePerm
		if !validLinkname(e.Linkname) {
			return e, fmt.Errorf("%s: a symlink cannot lead to %s", p, shortened(e.Linkname))
		}
	case 0:
		if b, ok := e.Content.(Bytes); ok {
			e.Size = int64(len(b))
		}
		if e.Content == nil {
			return e, fmt.Errorf("%s: a regular file without content", p)
		}
	default:
		return e, &SpecialFileError{Path: p, Mode: e.Mode}
	}
	if e.Size < 0 {
		return e, fmt.Errorf("%s: a negative size of %d bytes", p, e.Size)
	}
	if !validID(e.UID) || !validID(e.GID) {
		return e, fmt.Errorf("%s: owner %d:%d: numbers go from 0 to %d", p, e.UID, e.GID, int64(maxID))
	}
	return e, nil
}

// maxID is the largest number of a user or group: the one above it means "none"
// to chown(2).
const maxID = 1<<32 - 2

func validID(id int) bool { return id >= 0 && int64(id) <= maxID }

// describe says what the entry is, for messages that set two side by side.
func (e *Entry) describe() string {
	var what string
	switch e.Mode.Type() {
	case fs.ModeDir:
		what = fmt.Sprintf("a directory %s", octal(e.Mode))
	case fs.ModeSymlink:
		return "a symlink to " + e.Linkname
	default:
		what = fmt.Sprintf("a file %s of %d bytes", octal(e.Mode), e.Size)
	}
	if e.UID != 0 || e.GID != 0 {
		what += fmt.Sprintf(" owned by %d:%d", e.UID, e.GID)
	}
	return what
}

// ModeOf returns the fs.FileMode of permission, set-id and sticky bits as
// chmod(2) has them: 04755, 01777.
func ModeOf(unix uint32) fs.FileMode {
	m := fs.FileMode(unix) & fs.ModePerm
	if unix&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	if unix&0o2000 != 0 {
		m |= fs.ModeSetgid
	}
	if unix&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// unixMode is the mode as Linux has it in st_mode, without the type.
func unixMode(m fs.FileMode) int64 {
	bits := int64(m.Perm())
	if m&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if m&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if m&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

func octal(m fs.FileMode) string { return fmt.Sprintf("%04o", unixMode(m)) }

// baseName is the last component of a clean path, "." for the top.
func baseName(p string) string {
	if p == "/" {
		return "."
	}
	return path.Base(p)
}
