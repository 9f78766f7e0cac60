package show

import (
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// What could not be looked at is told with its path.
func TestJSONError(t *testing.T) {
	err := &elfdeps.ReadError{Path: "/lib/liba.so", Err: syscall.EIO}
	if got, want := string(appendError(nil, err)), `{"kind":"fatal","path":"/lib/liba.so","text":"/lib/liba.so: input/output error"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
