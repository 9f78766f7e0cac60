package sysroot

import (
	"errors"
	"io/fs"
	"syscall"
)

// getxattr reads an extended attribute of the file at path, which is no symlink.
func getxattr(path, attr string) ([]byte, error) {
	for buf := make([]byte, 64); ; buf = make([]byte, 2*len(buf)) {
		n, err := syscall.Getxattr(path, attr, buf)
		switch {
		case err == nil:
			return buf[:n], nil
		case errors.Is(err, syscall.ERANGE):
		case errors.Is(err, syscall.ENODATA), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EPERM):
			return nil, nil
		default:
			return nil, &fs.PathError{Op: "getxattr", Path: path, Err: err}
		}
	}
}
