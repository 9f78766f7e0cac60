//go:build unix && !solaris && !aix

package pending

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

const (
	openDirectory = os.O_RDONLY | syscall.O_DIRECTORY | syscall.O_NONBLOCK
	openSafely    = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
)

// errLocked is the error if another process has the lock.
var errLocked error = syscall.EWOULDBLOCK

// tryLock takes the lock of f or fails at once.
func tryLock(f *os.File) error { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) }

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Lock waits for the lock of f until ctx ends. The process has the lock until f is
// closed. On file systems without locks, Lock returns at once.
func Lock(ctx context.Context, f *os.File) error {
	if !errors.Is(tryLock(f), errLocked) {
		return nil
	}
	// The lock belongs to the open file of both descriptors (flock(2)), so that
	// f can be closed while the copy waits.
	waiting, err := duplicate(f)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		done <- guard.Call(func() error {
			defer waiting.Close()
			_ = flock(waiting, syscall.LOCK_EX)
			return nil
		})
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "dup", Path: f.Name(), Err: err}
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// closeKept closes f and returns a copy of its descriptor, also if closing fails.
func closeKept(f *os.File) (*os.File, error) {
	kept, err := duplicate(f)
	if err != nil {
		return nil, err
	}
	return kept, f.Close()
}

// CloseCopy closes a copy of the descriptor of f and returns its error, which
// reports what could not be written (close(2)). f stays open.
func CloseCopy(f *os.File) error {
	c, err := duplicate(f)
	if err != nil {
		return err
	}
	return c.Close()
}

// isOwn reports whether a file belongs to the user of this process.
func isOwn(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
