package dest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// File is a regular file. It is written in the directory of its final path or, if that
// is a symlink, of the symlink's target.
type File struct {
	*pending.File
	Real string // the final path with all symlinks resolved

	name string
	dir  *pending.Dir
	base string // in dir
}

// OpenFile creates a pending file. It has the permissions of the file that it will
// replace; if there is none, 0666 before umask.
func OpenFile(name string) (*File, error) {
	at := pending.Target(name)
	if err := checkParent(at); err != nil {
		return nil, err
	}
	dir, err := pending.OpenDir(filepath.Dir(at))
	if err != nil {
		return nil, Error(name, err)
	}
	f := &File{name: name, dir: dir, base: filepath.Base(at), Real: realPath(at)}
	if err := f.create(at); err != nil {
		f.Abandon()
		return nil, Error(name, err)
	}
	return f, nil
}

func (f *File) create(at string) error {
	f.dir.RemoveStale(f.base)
	perm, isOld := fs.FileMode(0o666), false
	info, err := os.Lstat(at)
	switch {
	case err == nil && info.Mode().IsRegular():
		perm, isOld = info.Mode().Perm(), true
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if f.File, err = pending.Create(f.dir, f.base, perm); err != nil || !isOld {
		return err
	}
	return f.Chmod(perm)
}

// Finish implements Medium.
func (f *File) Finish() error { return Error(f.name, f.File.Finish()) }

// Stage implements Medium.
func (f *File) Stage(context.Context) error { return Error(f.name, f.File.Stage(f.dir, f.base)) }

// Commit implements Medium.
func (f *File) Commit(context.Context) error { return Error(f.name, f.File.Commit(f.base)) }

// Settle implements Medium.
func (f *File) Settle() error { return f.dir.Sync() }

// Abandon implements Medium.
func (f *File) Abandon() {
	if f.File != nil {
		f.File.Abandon()
	}
	f.dir.Close()
}
