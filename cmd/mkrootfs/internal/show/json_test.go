package show

import (
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// TestJSONError checks that errors have the path of the file.
func TestJSONError(t *testing.T) {
	err := &elfdeps.ReadError{Path: "/lib/liba.so", Err: syscall.EIO}
	if got, want := string(appendError(nil, err)), `{"kind":"fatal","path":"/lib/liba.so","text":"/lib/liba.so: input/output error"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
