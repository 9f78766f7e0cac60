package sysroot

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asNobody runs f with the file system rights of an ordinary user. The thread
// ends with the goroutine that is locked to it.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			_, _ = unix.SetfsuidRetUid(65534)
		}
		f()
	}()
	<-done
}

// A directory that the user may not search is told from one that fails.
func TestDenied(t *testing.T) {
	dir := makeTree(t, map[string]string{"private/bin/x": "", "link": "-> private/bin", "open/x": ""})
	for at, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, filepath.Join(dir, "private"): 0} {
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "private"), 0o700) })
	asNobody(t, func() {
		r := Host(dir)
		for name, want := range map[string]bool{"/private/bin/x": true, "/link/x": true, "/link": true, "/private": false, "/open/x": false, "/none/x": false} {
			if got := r.Denied(name); got != want {
				_, err := r.Walk(name)
				t.Errorf("%s: denied is %v (%v)", name, got, err)
			}
		}
		if _, err := r.Walk("/link/x"); !errors.Is(err, syscall.EACCES) || IsAbsent(err) {
			t.Errorf("walking there: %v", err)
		}
	})
}
