package sysroot

import "golang.org/x/sys/unix"

// searchFlags open a directory to look up names in it, which does not require the
// permission to read it.
const searchFlags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC

// noAttribute is the error for a file without an attribute of that name.
const noAttribute = unix.ENODATA
