package bounded

import (
	"os"
	"syscall"
)

// ReadRootFile is ReadHostFile for a file below root. No symlink leads out of root.
func ReadRootFile(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return readOpened(f, name, limit)
}
