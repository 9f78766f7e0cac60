package image

import "syscall"

// From fcntl.h and unistd.h.
const (
	atFDCWD   = -0x64
	atEACCESS = 0x200
	wOK, xOK  = 2, 1
)

// checkWritable asks whether files may be made in dir, which says also whether
// its file system can be written to at all (access(2), EROFS).
func checkWritable(dir string) error {
	return syscall.Faccessat(atFDCWD, dir, wOK|xOK, atEACCESS)
}
