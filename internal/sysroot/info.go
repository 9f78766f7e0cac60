package sysroot

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// hostInfo describes a file of this machine. It is small, since a tree that is
// copied may have a hundred thousand files.
type hostInfo struct {
	name         string
	id           ID
	size         int64
	mtime, ctime int64 // nanoseconds since 1970
	links        uint64
	uid, gid     uint32
	mode         fs.FileMode
}

func newInfo(name string, st *unix.Stat_t) *hostInfo {
	return &hostInfo{
		name: name, size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
		id:    ID{uint64(st.Dev), uint64(st.Ino)},                 //nolint:unconvert // other widths on other systems
		links: uint64(st.Nlink),                                   //nolint:unconvert // likewise
		uid:   st.Uid, gid: st.Gid, mode: modeOf(uint32(st.Mode)), //nolint:unconvert // likewise
	}
}

// modeOf returns the mode for the bits of st_mode.
func modeOf(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for _, b := range []struct {
		bit  uint32
		mode fs.FileMode
	}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}} {
		if bits&b.bit != 0 {
			mode |= b.mode
		}
	}
	switch bits & unix.S_IFMT {
	case unix.S_IFREG:
		return mode
	case unix.S_IFDIR:
		return mode | fs.ModeDir
	case unix.S_IFLNK:
		return mode | fs.ModeSymlink
	case unix.S_IFIFO:
		return mode | fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return mode | fs.ModeSocket
	case unix.S_IFCHR:
		return mode | fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		return mode | fs.ModeDevice
	}
	return mode | fs.ModeIrregular
}

func (i *hostInfo) Name() string       { return i.name }
func (i *hostInfo) Size() int64        { return i.size }
func (i *hostInfo) Mode() fs.FileMode  { return i.mode }
func (i *hostInfo) ModTime() time.Time { return time.Unix(0, i.mtime) }
func (i *hostInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *hostInfo) Sys() any           { return i }

// XattrFS is implemented by file systems that have extended attributes.
type XattrFS interface {
	Getxattr(name, attr string) ([]byte, error)
}

// Xattr returns the extended attribute attr of the regular file at the real path
// real. The result is nil if there is none, or if the file system is no XattrFS.
func (r *Root) Xattr(real, attr string) ([]byte, error) {
	x, ok := r.fsys.(XattrFS)
	if !ok {
		return nil, nil
	}
	value, err := x.Getxattr(fsName(real), attr)
	if err != nil {
		return nil, seenBefore("getxattr", real, err)
	}
	return value, nil
}

// ID identifies a file: two names with one ID are hard links.
type ID struct{ Dev, Ino uint64 }

// FileID returns the identity of the file that info describes and how many
// names it has; ok is false on a file system that has no inodes.
func FileID(info fs.FileInfo) (id ID, links uint64, ok bool) {
	switch at := info.Sys().(type) {
	case *hostInfo:
		return at.id, at.links, true
	case *ID:
		return *at, 2, true
	case *syscall.Stat_t:
		return ID{uint64(at.Dev), uint64(at.Ino)}, uint64(at.Nlink), true //nolint:unconvert // other widths on other systems
	}
	return ID{}, 0, false
}

// Owner returns who owns the file that info describes; ok is false on a file
// system that has no owners.
func Owner(info fs.FileInfo) (uid, gid int, ok bool) {
	switch at := info.Sys().(type) {
	case *hostInfo:
		return int(at.uid), int(at.gid), true
	case *syscall.Stat_t:
		return int(at.Uid), int(at.Gid), true
	}
	return 0, 0, false
}

// Unchanged reports whether then and now describe the same file with the same
// content, as far as that is known without reading it: by identity, type, size,
// time of modification and, for files of this machine, the time of the last change
// of any kind, which no program can set.
func Unchanged(then, now fs.FileInfo) bool {
	if then.Size() != now.Size() || then.Mode().Type() != now.Mode().Type() || !then.ModTime().Equal(now.ModTime()) {
		return false
	}
	a, _, aok := FileID(then)
	b, _, bok := FileID(now)
	if aok && bok && a != b {
		return false
	}
	x, xok := then.Sys().(*hostInfo)
	y, yok := now.Sys().(*hostInfo)
	return !xok || !yok || x.ctime == y.ctime
}

// IsAbsent reports whether err means that a file does not exist: the path, or a
// symlink on the way, leads nowhere. Other errors (EIO, EMFILE, EACCES) do not say
// whether it exists.
func IsAbsent(err error) bool {
	if err == nil {
		return false
	}
	absent := []error{syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG}
	return slices.Contains(absent, Errno(err))
}

// Errno returns the errno inside err, or ErrChanged. It returns ENOENT and EACCES
// for the errors of io/fs with that meaning, and EIO for errors without an errno.
func Errno(err error) error {
	var no syscall.Errno
	switch {
	case errors.Is(err, ErrChanged):
		return ErrChanged
	case errors.As(err, &no):
		return no
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES
	}
	return syscall.EIO
}
