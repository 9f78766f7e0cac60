package image

import "syscall"

// Constants of fcntl.h and unistd.h.
const (
	atFDCWD   = -0x64
	atEACCESS = 0x200
	wOK, xOK  = 2, 1
)

// checkWritable returns an error if this process cannot make files in dir, also if
// its file system is read-only (access(2), EROFS).
func checkWritable(dir string) error {
	return syscall.Faccessat(atFDCWD, dir, wOK|xOK, atEACCESS)
}
