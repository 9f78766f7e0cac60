package rights

import (
	"io/fs"
	"testing"

	"github.com/mkrootfs/mkrootfs/rootfs"
)

func TestOf(t *testing.T) {
	ping := map[string]string{"security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}
	for _, tc := range []struct {
		e    rootfs.Entry
		want string
	}{
		{rootfs.Entry{Mode: 0o755, UID: 7}, ""},
		{rootfs.Entry{Mode: fs.ModeSetuid | 0o755}, "set-id for user 0 in the image"},
		{rootfs.Entry{Mode: fs.ModeSetuid | fs.ModeSetgid | 0o755, UID: 3, GID: 4}, "set-id for user 3 and group 4 in the image"},
		{rootfs.Entry{Mode: 0o755, Xattrs: ping}, "has cap_net_raw=ep in the image"},
		{rootfs.Entry{Mode: fs.ModeSetgid | 0o755, GID: 4, Xattrs: ping}, "set-id for group 4 in the image, has cap_net_raw=ep in the image"},
		{rootfs.Entry{Mode: fs.ModeSetuid | 0o755, Hardlink: "/a"}, ""},
		{rootfs.Entry{Mode: fs.ModeDir | fs.ModeSetgid | 0o755}, ""},
		{rootfs.Entry{Mode: 0o755, Xattrs: map[string]string{"security.capability": "?"}}, "has unreadable capabilities (1 bytes) in the image"},
	} {
		if got := Of(&tc.e); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.e, got, tc.want)
		}
	}
}

func TestMode(t *testing.T) {
	for want, mode := range map[string]fs.FileMode{
		"-rwxr-xr-x": 0o755,
		"drwxrwxrwt": fs.ModeDir | fs.ModeSticky | 0o777,
		"drwxrwx--T": fs.ModeDir | fs.ModeSticky | 0o770,
		"lrwxrwxrwx": fs.ModeSymlink | 0o777,
		"-rwsr-xr-x": fs.ModeSetuid | 0o755,
		"-rwSr-Sr--": fs.ModeSetuid | fs.ModeSetgid | 0o644,
		"-rwxr-sr-x": fs.ModeSetgid | 0o755,
	} {
		if got := Mode(mode); got != want {
			t.Errorf("%v: %s, want %s", mode, got, want)
		}
	}
}
