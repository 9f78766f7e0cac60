package pending

import (
	"io/fs"
	"os"
	"testing"
)

// thief is a directory in which another process removes the first directory that
// is made, as RemoveStale does before that is locked.
type thief struct {
	hostNames
	removed bool
}

func (n *thief) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if !n.removed {
		n.removed = true
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	return n.hostNames.OpenFile(name, flag, perm)
}

// A hidden directory that is removed before it is locked is made again.
func TestMkdirRemoved(t *testing.T) {
	d := &Dir{names: &thief{}, prefix: t.TempDir()}
	name, lock, err := d.Mkdir("layout")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if !d.isFile(lock, name) {
		t.Errorf("%s is not the directory that was locked", name)
	}
}
