//go:build !linux

package sysroot

import "golang.org/x/sys/unix"

// searchFlags open a directory to look names up in it. Without Linux's O_PATH
// that takes the right to read it.
const searchFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC

// noAttribute is the error for a file without an attribute of that name.
const noAttribute = unix.ENOATTR
