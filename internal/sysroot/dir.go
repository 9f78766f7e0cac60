package sysroot

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// File is an open regular file that can be read at any offset.
type File interface {
	fs.File
	io.ReaderAt
}

var errNoReaderAt = errors.New("the file system's files cannot be read at an offset")

// Dir returns the files below the directory dir of this machine, by names as
// io/fs has them. It differs from os.DirFS in that names need not be valid
// UTF-8, since those of a Unix file system need not be either. The kernel
// follows the symlinks inside a name, out of dir too: have a Root walk it first.
func Dir(dir string) fs.ReadLinkFS { return hostDir(dir) }

type hostDir string

func (d hostDir) path(name string) string {
	switch {
	case name == ".":
		return string(d)
	case d == "/":
		return "/" + name
	}
	return string(d) + "/" + name
}

// Open opens a regular file or a directory, without handing it to the runtime's
// poller, which has no use for them and costs six system calls to find that
// out. A pipe that has just taken the place of a file does not block it.
func (d hostDir) Open(name string) (fs.File, error) {
	at := d.path(name)
	for {
		fd, err := syscall.Open(at, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
		switch {
		case err == nil:
			return opened(fd, at)
		case !errors.Is(err, syscall.EINTR):
			return nil, &fs.PathError{Op: "open", Path: at, Err: err}
		}
	}
}

// opened makes a file of a descriptor that was opened with O_NONBLOCK.
func opened(fd int, at string) (fs.File, error) {
	var st syscall.Stat_t
	err := syscall.Fstat(fd, &st)
	if kind := st.Mode & syscall.S_IFMT; err == nil && kind != syscall.S_IFREG && kind != syscall.S_IFDIR {
		err = syscall.EINVAL
	}
	if err == nil {
		err = syscall.SetNonblock(fd, false)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, &fs.PathError{Op: "open", Path: at, Err: err}
	}
	return os.NewFile(uintptr(fd), at), nil
}

func (d hostDir) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(d.path(name)) }

func (d hostDir) ReadLink(name string) (string, error) { return os.Readlink(d.path(name)) }

func (d hostDir) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(d.path(name)) }

// Getxattr returns the extended attribute attr of the file name, which is no
// symlink; nil without an error when the file has none of that name.
func (d hostDir) Getxattr(name, attr string) ([]byte, error) { return getxattr(d.path(name), attr) }

// XattrFS is implemented by file systems that can tell extended attributes.
type XattrFS interface {
	Getxattr(name, attr string) ([]byte, error)
}

// Xattr returns the extended attribute attr of the file at the real path real,
// nil when there is none or the file system does not know any.
func (r *Root) Xattr(real, attr string) ([]byte, error) {
	x, ok := r.fsys.(XattrFS)
	if !ok {
		return nil, nil
	}
	return x.Getxattr(fsName(real), attr)
}

// ID tells a file apart from every other: two names with one ID are hard links.
type ID struct{ Dev, Ino uint64 }

// FileID returns the identity of the file that info describes and how many
// names it has; ok is false on a file system that has no inodes.
func FileID(info fs.FileInfo) (id ID, links uint64, ok bool) {
	if h, is := info.Sys().(*ID); is {
		return *h, 2, true
	}
	st, is := info.Sys().(*syscall.Stat_t)
	if !is {
		return ID{}, 0, false
	}
	return ID{uint64(st.Dev), uint64(st.Ino)}, uint64(st.Nlink), true //nolint:unconvert // other widths on other systems
}

// Owner returns who owns the file that info describes; ok is false on a file
// system that has no owners.
func Owner(info fs.FileInfo) (uid, gid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

// IsAbsent reports whether err says that there is no such file: the path, or the
// links on its way, lead nowhere. Any other error (EIO, EMFILE, EACCES) says
// nothing about what is there.
func IsAbsent(err error) bool {
	if err == nil {
		return false
	}
	switch Errno(err) {
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG:
		return true
	}
	return false
}

// Errno is the errno inside err; ENOENT and EACCES for the io/fs errors that
// mean them, EIO for what has none.
func Errno(err error) error {
	var no syscall.Errno
	switch {
	case errors.As(err, &no):
		return no
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES
	}
	return syscall.EIO
}
