package sysroot

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// lgetxattr reads an extended attribute without following a symlink.
func lgetxattr(path, attr string) ([]byte, error) {
	for buf := make([]byte, 64); ; buf = make([]byte, 2*len(buf)) {
		n, err := unix.Lgetxattr(path, attr, buf)
		switch {
		case err == nil:
			return buf[:n], nil
		case errors.Is(err, unix.ERANGE):
		case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.EPERM):
			return nil, nil
		default:
			return nil, &fs.PathError{Op: "lgetxattr", Path: path, Err: err}
		}
	}
}
