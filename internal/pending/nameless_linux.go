package pending

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// createNameless creates a file without a name (open(2), O_TMPFILE) if link will be
// able to give it one.
func (d *Dir) createNameless(base string, perm fs.FileMode) (*os.File, error) {
	if d.self == nil {
		return nil, errors.ErrUnsupported
	}
	f, err := d.openNameless(perm)
	if err != nil {
		return nil, err
	}
	if !d.canLink(f, base) {
		f.Close()
		return nil, errors.ErrUnsupported
	}
	return f, nil
}

func (d *Dir) openNameless(perm fs.FileMode) (*os.File, error) {
	return d.names.OpenFile(d.prefix, os.O_RDWR|unix.O_TMPFILE, perm)
}

// canLink reports whether link can give f a name. Without /proc that needs
// CAP_DAC_READ_SEARCH or Linux 6.10; canLink tries it with another file, since a
// file that had a name once cannot get a second one (I_LINKABLE in linux/fs.h).
func (d *Dir) canLink(f *os.File, base string) bool {
	if _, err := os.Readlink(descriptor(f)); err == nil {
		return true
	}
	probe, err := d.openNameless(0o600)
	if err != nil {
		return false
	}
	defer probe.Close()
	_ = tryLock(probe)
	name, err := newHidden(base, func(name string) error { return d.link(probe, name) })
	return err == nil && d.names.Remove(d.in(name)) == nil
}

// link gives the file f a name that does not exist yet. open(2) describes both ways
// under "O_TMPFILE"; the first is for processes with CAP_DAC_READ_SEARCH.
func (d *Dir) link(f *os.File, name string) error {
	dir := int(d.self.Fd())
	err := unix.Linkat(int(f.Fd()), "", dir, name, unix.AT_EMPTY_PATH)
	if errors.Is(err, unix.ENOENT) {
		err = unix.Linkat(unix.AT_FDCWD, descriptor(f), dir, name, unix.AT_SYMLINK_FOLLOW)
	}
	if err != nil {
		return &fs.PathError{Op: "linkat", Path: d.in(name), Err: err}
	}
	return nil
}

// reopen opens f again, with an offset of its own (proc_pid_fd(5)).
func reopen(f *os.File) (*os.File, error) { return os.Open(descriptor(f)) }

func descriptor(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }
