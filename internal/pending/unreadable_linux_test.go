package pending

import (
	"errors"
	"os"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// A directory that can be written to but not read can be used.
func TestUnreadableDir(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o300); err != nil {
		t.Fatal(err)
	}
	var err error
	testenv.AsNobody(t, path, func() { err = replaceIn(path) })
	if err != nil {
		t.Error(err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	want(t, "committed", path, map[string]string{"f": "new"})
}

func replaceIn(path string) error {
	d, err := OpenDir(path)
	if err != nil {
		return err
	}
	defer d.Close()
	d.RemoveStale("f")
	f, err := Create(d, "f", 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte("new"))
	return errors.Join(err, f.Finish(), f.Stage(d, "f"), f.Commit("f"), d.Sync())
}
