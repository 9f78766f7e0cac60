package rootfs

import (
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// HostFS returns the files below the directory dir of this machine, as if dir
// were "/": symlinks are followed inside it and never lead out of it. Unlike
// os.DirFS it has extended attributes, so file capabilities come through, and
// it takes names that are not UTF-8. It is the source to give to AddFrom and
// Copy; dir is "/" for the running system.
//
// If dir cannot be read, the first use of the file system returns the error.
// It is safe for concurrent use.
func HostFS(dir string) fs.ReadLinkFS { return sysroot.Host(dir) }
