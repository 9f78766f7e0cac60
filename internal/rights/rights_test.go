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
