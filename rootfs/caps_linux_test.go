package rootfs

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/lack"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// A capability that the kernel keeps comes through to the tar.
func TestRealCapabilities(t *testing.T) {
	if os.Getuid() != 0 {
		lack.Skip(t, "only root can give a file capabilities")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "ping"), []byte("ping"), 0o755))
	// struct vfs_cap_data of linux/capability.h: revision 2, effective,
	// CAP_NET_RAW (13) permitted.
	value := "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	if err := syscall.Setxattr(filepath.Join(dir, "ping"), capability, []byte(value), 0); err != nil {
		lack.Skip(t, "the file system has no capabilities: %v", err)
	}
	var tree Tree
	must(t, tree.AddFrom(sysroot.Host(dir), "/ping", CopyOptions{}))
	data, _ := layer(t, &tree, Options{Compression: Uncompressed})
	hs, _ := untar(t, data)
	if got := hs[0].PAXRecords["SCHILY.xattr."+capability]; got != value {
		t.Errorf("%q, want %q", got, value)
	}
}
