package pending

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// A directory that may be written to but not read serves all the same.
func TestUnreadableDir(t *testing.T) {
	path := t.TempDir()
	const nobody = 65534
	if os.Geteuid() == 0 {
		if err := errors.Join(os.Chown(path, nobody, -1), os.Chmod(filepath.Dir(path), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o300); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // its thread, and so its rights, end with it
		if os.Geteuid() == 0 {
			syscall.Setfsuid(nobody)
		}
		done <- replaceIn(path)
	}()
	if err := <-done; err != nil {
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
