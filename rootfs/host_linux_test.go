package rootfs

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// netRaw is a struct vfs_cap_data of linux/capability.h: revision 2, effective,
// CAP_NET_RAW (13) permitted.
const netRaw = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// HostFS has the file capabilities of the kernel, and they are in the tar.
func TestHostFSCapabilities(t *testing.T) {
	if os.Getuid() != 0 {
		testenv.Skip(t, "only root can give a file capabilities")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "ping"), []byte("ping"), 0o755))
	if err := syscall.Setxattr(filepath.Join(dir, "ping"), capability, []byte(netRaw), 0); err != nil {
		testenv.Skip(t, "the file system has no capabilities: %v", err)
	}
	var tree Tree
	must(t, tree.AddFrom(HostFS(dir), "/ping", CopyOptions{}))
	data, _ := layer(t, &tree, Options{Compression: Uncompressed})
	hs, _ := untar(t, data)
	if got := hs[0].PAXRecords[xattrRecord+capability]; got != netRaw {
		t.Errorf("%q, want %q", got, netRaw)
	}
}
