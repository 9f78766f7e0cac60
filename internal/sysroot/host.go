package sysroot

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// File is an open regular file that can be read at any offset.
type File interface {
	fs.File
	io.ReaderAt
}

// ErrChanged is the error for a file or directory that is not the one that was seen
// before: another process changes the tree while it is read.
var ErrChanged = errors.New("it changed after it was first read")

var errNoReaderAt = errors.New("the file system does not support reading at an offset")

// hostFS reads the files below a directory of this machine. Names are those of
// io/fs, but need not be valid UTF-8. It follows no symlink, neither at the end of
// a name nor on the way: a Root follows them, and uses only names whose parents it
// has seen as directories. Therefore a parent that is not a directory is
// ErrChanged.
type hostFS struct {
	path string // of the directory, for messages
	dirs *dirTable
}

func newHostFS(dir string) *hostFS {
	return &hostFS{path: dir, dirs: newDirTable(func() (int, error) { return openTop(dir) })}
}

// openTop opens the directory at a path of this machine and follows symlinks.
func openTop(dir string) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Open(dir, searchFlags, 0)
		return err
	})
	return fd, err
}

// sub returns the files below the directory name of h.
func (h *hostFS) sub(name string) (*hostFS, error) {
	var fd int
	err := h.dirs.use(name, func(dir int) (err error) {
		fd, err = openDir(dir, ".")
		return err
	})
	if err != nil {
		return nil, h.fail("open", name, err)
	}
	return &hostFS{path: h.full(name), dirs: newOpenDirTable(fd)}, nil
}

// full returns the path of name on this machine.
func (h *hostFS) full(name string) string {
	switch {
	case name == ".":
		return h.path
	case h.path == "/":
		return "/" + name
	}
	return h.path + "/" + name
}

func (h *hostFS) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: h.full(name), Err: err}
}

// in calls f with a descriptor of the parent directory of name and the last
// component of name. It repeats a call that a signal interrupted.
func (h *hostFS) in(op, name string, f func(dir int, base string) error) error {
	dir, base := ".", name
	if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
		dir, base = name[:slash], name[slash+1:]
	}
	err := h.dirs.use(dir, func(fd int) error { return retry(func() error { return f(fd, base) }) })
	if err != nil {
		return h.fail(op, name, err)
	}
	return nil
}

// retry calls f until its error is not EINTR.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR { //nolint:errorlint // unix returns it as it is
			return err
		}
	}
}

// Lstat implements fs.ReadLinkFS.
func (h *hostFS) Lstat(name string) (fs.FileInfo, error) {
	st, err := h.stat(name)
	if err != nil {
		return nil, err
	}
	return newInfo(name[strings.LastIndexByte(name, '/')+1:], st), nil
}

// stat returns the metadata of name, which is not followed.
func (h *hostFS) stat(name string) (*unix.Stat_t, error) {
	var st unix.Stat_t
	err := h.in("lstat", name, func(dir int, base string) error {
		return unix.Fstatat(dir, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	})
	return &st, err
}

// ReadLink implements fs.ReadLinkFS.
func (h *hostFS) ReadLink(name string) (string, error) {
	buf := make([]byte, 256)
	for {
		var n int
		err := h.in("readlink", name, func(dir int, base string) (err error) {
			n, err = unix.Readlinkat(dir, base, buf)
			return err
		})
		if err != nil || n < len(buf) {
			return string(buf[:max(n, 0)]), err
		}
		buf = make([]byte, 2*len(buf))
	}
}

// searchable reports whether this process may look up names in the directory name.
func (h *hostFS) searchable(name string) bool {
	err := h.dirs.use(name, func(dir int) error { return unix.Faccessat(dir, ".", unix.X_OK, unix.AT_EACCESS) })
	return !errors.Is(err, unix.EACCES)
}

// Open implements fs.FS for regular files and directories. For other files the
// error is EINVAL; it never blocks on a pipe.
func (h *hostFS) Open(name string) (fs.File, error) {
	var fd int
	err := h.in("open", name, func(dir int, base string) (err error) {
		fd, err = unix.Openat(dir, base, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := h.opened(fd, name)
	if err != nil {
		_ = unix.Close(fd)
		return nil, h.fail("open", name, err)
	}
	return f, nil
}

// opened returns a file for a descriptor that was opened with O_NONBLOCK. That flag
// is removed, since package os would otherwise register the descriptor with the
// runtime's poller, which does not support regular files.
func (h *hostFS) opened(fd int, name string) (fs.File, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return nil, unix.EINVAL
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, err
	}
	return &hostFile{File: os.NewFile(uintptr(fd), h.full(name)), fsys: h, name: name}, nil
}

// Getxattr returns the extended attribute attr of the regular file name. If it has
// none of that name, the result is nil without an error.
func (h *hostFS) Getxattr(name, attr string) ([]byte, error) {
	f, err := h.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	value, err := fgetxattr(int(f.(*hostFile).Fd()), attr)
	if err != nil {
		return nil, h.fail("fgetxattr", name, err)
	}
	return value, nil
}

func fgetxattr(fd int, attr string) ([]byte, error) {
	for buf := make([]byte, 64); ; buf = make([]byte, 2*len(buf)) {
		n, err := unix.Fgetxattr(fd, attr, buf)
		switch {
		case err == nil:
			return buf[:n], nil
		case errors.Is(err, unix.ERANGE), errors.Is(err, unix.EINTR):
		case errors.Is(err, noAttribute), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.EPERM):
			return nil, nil
		default:
			return nil, err
		}
	}
}

// ReadDir implements fs.ReadDirFS. The entries are sorted, and described by the
// same descriptor that was listed.
func (h *hostFS) ReadDir(name string) ([]fs.DirEntry, error) {
	var names []string
	err := h.dirs.use(name, func(dir int) (err error) {
		names, err = listNames(dir, h.full(name))
		return err
	})
	if err != nil {
		return nil, h.fail("readdir", name, err)
	}
	slices.Sort(names)
	entries := make([]fs.DirEntry, 0, len(names))
	for _, base := range names {
		at := base
		if name != "." {
			at = name + "/" + base
		}
		st, err := h.stat(at)
		if IsAbsent(err) {
			err = h.fail("lstat", at, ErrChanged)
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(newInfo(base, st)))
	}
	return entries, nil
}

// listNames returns the names in the directory with the descriptor dir.
func listNames(dir int, path string) ([]string, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return names, bareErrno(err)
}

// bareErrno removes the path that package os adds to a syscall.Errno.
func bareErrno(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// hostFile is an open file or directory of a hostFS.
type hostFile struct {
	*os.File
	fsys *hostFS
	name string
}

// Stat implements fs.File.
func (f *hostFile) Stat() (fs.FileInfo, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(f.Fd()), &st) }); err != nil {
		return nil, f.fsys.fail("fstat", f.name, err)
	}
	return newInfo(f.name[strings.LastIndexByte(f.name, '/')+1:], &st), nil
}
