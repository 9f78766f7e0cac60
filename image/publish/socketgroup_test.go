package publish

import (
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

func TestSocketGroup(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "only root can give a socket to a group")
	}
	group, err := user.LookupGroupId("1")
	if err != nil {
		testenv.Skip(t, "no group has the number 1: %v", err)
	}
	name := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		gid  int
		mode fs.FileMode
		err  error
		want string
	}{
		{1, 0o660, syscall.EACCES, group.Name},
		{1, 0o600, syscall.EACCES, ""},
		{1, 0o660, syscall.ECONNREFUSED, ""},
		{0, 0o660, syscall.EACCES, ""},
		{1234567, 0o660, syscall.EACCES, ""},
	} {
		if err := os.Chown(name, 0, tt.gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, tt.mode); err != nil {
			t.Fatal(err)
		}
		if got := socketGroup("unix://"+name, tt.err); got != tt.want {
			t.Errorf("%d %o %v: %q", tt.gid, tt.mode, tt.err, got)
		}
	}
	if got := socketGroup("tcp://localhost:2375", syscall.EACCES); got != "" {
		t.Error(got)
	}
	err = &NoEngineError{Tried: []Tried{{Host: "unix:///s", Err: syscall.EACCES, Group: "docker"}}}
	if !strings.HasSuffix(err.Error(), ": /s: permission denied, only the group docker may connect") {
		t.Error(err)
	}
}
