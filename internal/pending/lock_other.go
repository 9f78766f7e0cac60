//go:build !unix || solaris || aix

package pending

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

const (
	openDirectory = os.O_RDONLY
	openSafely    = 0
)

var errLocked = errors.New("locked")

// tryLock fails: without flock(2) it is unknown which files are stale.
func tryLock(*os.File) error { return errors.ErrUnsupported }

// Lock does nothing: there is no flock(2).
func Lock(context.Context, *os.File) error { return nil }

// closeKept leaves f open: there is no lock to keep, and f may be read again.
func closeKept(f *os.File) (*os.File, error) { return f, nil }

// CloseCopy does nothing where descriptors cannot be copied.
func CloseCopy(*os.File) error { return nil }

func isOwn(fs.FileInfo) bool { return false }
