package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// CheckLayoutDir returns the error that WriteOCILayout would return for dir: that
// it is not a directory, that it contains other files than a layout, or that it
// cannot be written, which is a *WriteError. It reads two small files and writes
// nothing, so that a program can check dir before it makes the image.
func CheckLayoutDir(dir string) error {
	l, err := findLayout(dir)
	if err != nil {
		return err
	}
	if l.isNew {
		return l.checkParent()
	}
	root, err := os.OpenRoot(l.real)
	if err != nil {
		return readError(l.name, err)
	}
	defer root.Close()
	if _, err := readIndex(root, l.name); err != nil {
		return err
	}
	return writeError(l.name, checkWritable(l.real))
}

// layoutDir is the path of a layout.
type layoutDir struct {
	name  string // as the caller gave it
	real  string // the target of name if that is a symlink to a file that does not exist
	isNew bool
}

// findLayout finds out whether there is a directory at dir.
func findLayout(dir string) (layoutDir, error) {
	dir = filepath.Clean(dir)
	fi, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return layoutDir{name: dir, real: pending.Target(dir), isNew: true}, nil
	case err != nil:
		return layoutDir{}, writeError(dir, err)
	case !fi.IsDir():
		return layoutDir{}, fmt.Errorf("%s: exists and is not a directory", dir)
	}
	return layoutDir{name: dir, real: dir}, nil
}

// checkParent returns the reason why a new layout cannot be made, if there is one.
func (l layoutDir) checkParent() error {
	parent := filepath.Dir(l.real)
	if _, err := os.Stat(parent); err != nil {
		return l.cannotBeMade(err)
	}
	return writeError(l.name, checkWritable(parent))
}

// cannotBeMade returns the error for a new layout that cannot be made. It names the
// parent directory if that does not exist: "no such file" alone would seem to be
// about the layout.
func (l layoutDir) cannotBeMade(err error) error {
	err = cause(err)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", filepath.Dir(l.real), err)
	}
	return &WriteError{Path: l.name, Err: err}
}
