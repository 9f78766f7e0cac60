package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// CheckLayoutDir returns what WriteOCILayout would refuse dir for: that it is
// no directory, holds something else than a layout, or cannot be written, which
// is a *WriteError. It reads two small files and writes nothing, so that the
// answer can be had before there is an image.
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

// layoutDir is the place of a layout.
type layoutDir struct {
	name  string // as the caller gave it
	real  string // where name leads to, should it be a link to what is not there yet
	isNew bool
}

// findLayout looks at what is at dir.
func findLayout(dir string) (layoutDir, error) {
	dir = filepath.Clean(dir)
	fi, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return layoutDir{name: dir, real: pending.Target(dir), isNew: true}, nil
	case err != nil:
		return layoutDir{}, writeError(dir, err)
	case !fi.IsDir():
		return layoutDir{}, fmt.Errorf("%s: exists and is not a directory, as an OCI layout is", dir)
	}
	return layoutDir{name: dir, real: dir}, nil
}

// checkParent returns why a new layout cannot be made.
func (l layoutDir) checkParent() error {
	parent := filepath.Dir(l.real)
	if _, err := os.Stat(parent); err != nil {
		return l.cannotBeMade(err)
	}
	return writeError(l.name, checkWritable(parent))
}

// cannotBeMade returns why there is no new layout. "No such file" alone would
// seem to be about the layout.
func (l layoutDir) cannotBeMade(err error) error {
	err = cause(err)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", filepath.Dir(l.real), err)
	}
	return &WriteError{Path: l.name, Err: err}
}
