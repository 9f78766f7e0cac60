package sysroot

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// A directory that the user may not search is distinguished from other errors.
func TestDenied(t *testing.T) {
	dir := makeTree(t, map[string]string{"private/bin/x": "", "link": "-> private/bin", "open/x": ""})
	if err := os.Chmod(filepath.Join(dir, "private"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "private"), 0o700) })
	testenv.AsNobody(t, dir, func() {
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
