package pending

import (
	"io/fs"
	"os"
	"testing"
)

// removing has the names of a directory in which another process removes the first
// new directory before it is locked, as RemoveStale does.
type removing struct {
	hostNames
	removed bool
}

func (n *removing) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
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
	d := &Dir{names: &removing{}, prefix: t.TempDir()}
	name, lock, err := d.Mkdir("layout")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if !d.isFile(lock, name) {
		t.Errorf("%s is not the directory that was locked", name)
	}
}
