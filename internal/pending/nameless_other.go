//go:build !linux

package pending

import (
	"errors"
	"io/fs"
	"os"
)

func (d *Dir) createNameless(string, fs.FileMode) (*os.File, error) {
	return nil, errors.ErrUnsupported
}

// link is never called: every file has a name.
func (d *Dir) link(*os.File, string) error { return errors.ErrUnsupported }

func reopen(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }
