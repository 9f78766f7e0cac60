package pending

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir is a directory in which files are written.
type Dir struct {
	names  names
	prefix string   // of the directory, in names
	self   *os.File // for linkat(2) and fsync(2); nil where the directory may not be read
	close  func() error
}

// names are the methods of *os.Root that are used here.
type names interface {
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Lstat(name string) (fs.FileInfo, error)
	Mkdir(name string, perm fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	RemoveAll(name string) error
}

// OpenDir opens the directory path. It may be one that can be written to and
// searched but not read (mode 0333); then its files always have names, and
// RemoveStale finds nothing in it.
func OpenDir(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &Dir{names: hostNames{}, prefix: path, close: func() error { return nil }}, nil
	case err != nil:
		return nil, err
	}
	d, err := DirIn(root, ".")
	if err != nil {
		root.Close()
		return nil, err
	}
	d.close = func() error { return errors.Join(d.self.Close(), root.Close()) }
	return d, nil
}

// DirIn opens the directory name of root, which the caller has to close. No symlink
// leads out of root.
func DirIn(root *os.Root, name string) (*Dir, error) {
	self, err := root.OpenFile(name, openDirectory, 0)
	if err != nil {
		return nil, err
	}
	return &Dir{names: root, prefix: name, self: self, close: self.Close}, nil
}

// Close closes the directory.
func (d *Dir) Close() error { return d.close() }

// Sync waits until the names in the directory are on the disk. It does nothing on
// file systems that do not support that for directories.
func (d *Dir) Sync() error {
	if d.self == nil {
		return nil
	}
	err := d.self.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func (d *Dir) in(name string) string { return filepath.Join(d.prefix, name) }

func (d *Dir) lstat(name string) (fs.FileInfo, error) { return d.names.Lstat(d.in(name)) }

// hostNames are the names of this machine, absolute or relative to the working directory.
type hostNames struct{}

func (hostNames) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}
func (hostNames) Lstat(name string) (fs.FileInfo, error)    { return os.Lstat(name) }
func (hostNames) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }
func (hostNames) Rename(from, to string) error              { return os.Rename(from, to) }
func (hostNames) Remove(name string) error                  { return os.Remove(name) }
func (hostNames) RemoveAll(name string) error               { return os.RemoveAll(name) }
