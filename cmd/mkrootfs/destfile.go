package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// fileMedium is a regular file beside the place of the output, or of what a
// symlink there leads to.
type fileMedium struct {
	dest string
	dir  *pending.Dir
	base string // in dir
	file *pending.File
}

// openFile starts a file. It gets the permissions of the one that it is to
// replace, or those that the umask leaves.
func openFile(out output) (*destination, error) {
	at := pending.Target(out.dest)
	if err := checkParent(at); err != nil {
		return nil, err
	}
	dir, err := pending.OpenDir(filepath.Dir(at))
	if err != nil {
		return nil, destError(out.dest, err)
	}
	m := &fileMedium{dest: out.dest, dir: dir, base: filepath.Base(at)}
	if err := m.create(at); err != nil {
		m.abandon()
		return nil, destError(out.dest, err)
	}
	return &destination{output: out, medium: m, to: m.file, real: realPath(at)}, nil
}

func (m *fileMedium) create(at string) error {
	m.dir.RemoveStale(m.base)
	perm, isOld := fs.FileMode(0o666), false
	info, err := os.Lstat(at)
	switch {
	case err == nil && info.Mode().IsRegular():
		perm, isOld = info.Mode().Perm(), true
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if m.file, err = pending.Create(m.dir, m.base, perm); err != nil || !isOld {
		return err
	}
	return m.file.Chmod(perm)
}

func (m *fileMedium) finish() error { return destError(m.dest, m.file.Finish()) }

func (m *fileMedium) stage(context.Context) error {
	return destError(m.dest, m.file.Stage(m.dir, m.base))
}

func (m *fileMedium) commit(context.Context) error {
	return destError(m.dest, m.file.Commit(m.base))
}

func (m *fileMedium) settle() error { return m.dir.Sync() }

func (m *fileMedium) abandon() {
	if m.file != nil {
		m.file.Abandon()
	}
	m.dir.Close()
}
