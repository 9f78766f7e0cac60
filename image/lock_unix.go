//go:build unix && !solaris && !aix

package image

import (
	"errors"
	"os"
	"syscall"
)

// lock makes writers of one layout wait for each other, as parallel make rules
// may be. The lock ends with the process, however that ends. File systems that
// have none go without.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	return func() { f.Close() }, nil
}
