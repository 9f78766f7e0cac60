package rootfs

import (
	"fmt"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// capability is the extended attribute that holds a file's capabilities
// (capabilities(7)); it is kept for every regular file that has it.
const capability = "security.capability"

// AddFrom claims one file or directory of src, whose absolute path is name.
//
// Without o.Dest it is claimed for its own path, together with every symlink and
// directory that the walk to it crosses: on a merged-usr system /lib/x brings
// the link /lib, /usr, /usr/lib and /usr/lib/x. The file keeps its mode,
// capabilities and hard links; everything belongs to root, and the directories
// crossed have mode 0755. If name leads to a directory, that directory is
// claimed with its own mode, without its contents.
//
// With o.Dest a regular file is claimed for that path alone. Capabilities and
// hard links are kept and the mode is normalized: set-id bits stay, and the
// permissions are 0755 if anyone may execute the file, else 0644. This is for
// files that are moved, such as a program from a build directory.
//
// In both cases o.UID, o.GID and o.Mode override the owner and the mode of the
// file. File capabilities are found only if src has a method
// Getxattr(name, attr string) ([]byte, error), as HostFS has and os.DirFS has not.
//
// Errors are those of the file system (*fs.PathError), *SpecialFileError for a
// socket, pipe or device, and *ConflictError.
func (t *Tree) AddFrom(src fs.ReadLinkFS, name string, o CopyOptions) error {
	root := sysroot.New(src)
	n, err := root.Walk(name)
	if err != nil {
		return err
	}
	if o.Dest == "" {
		if err := t.addParents(n, o.claimOr(name)); err != nil {
			return err
		}
	}
	c, err := fileClaim(root, n.Real, n.Info)
	if err != nil {
		return err
	}
	c.Path = n.Real
	if o.Dest != "" {
		if c.Mode.Type() != 0 {
			err := fmt.Errorf("is a %s, not a regular file", kindName(c.Mode))
			return &fs.PathError{Op: "install", Path: name, Err: err}
		}
		c.Path, c.Mode = o.Dest, normalMode(c.Mode)
	}
	c.Claim, c.id, c.priority = o.claimOr(name), linkIDOf(root, n.Info, 0), o.priority()
	o.apply(&c.Entry)
	return t.add(c)
}

// normalMode returns a mode that does not depend on the umask under which a
// file was written.
func normalMode(m fs.FileMode) fs.FileMode {
	kept := m & (fs.ModeSetuid | fs.ModeSetgid)
	if m.Perm()&0o111 != 0 {
		return kept | 0o755
	}
	return kept | 0o644
}

// addParents claims the symlinks and directories that lead to n, without n itself.
func (t *Tree) addParents(n *sysroot.Node, claimant Claim) error {
	for _, l := range n.Links() {
		e := Entry{Path: l.Path, Mode: fs.ModeSymlink, Linkname: l.Target, Claim: claimant}
		if err := t.add(&claim{Entry: e, priority: explicit}); err != nil {
			return err
		}
	}
	for _, d := range n.Dirs() {
		if d == n.Real {
			continue
		}
		e := Entry{Path: d, Mode: fs.ModeDir | 0o755, Claim: claimant}
		if err := t.add(&claim{Entry: e, priority: crossed}); err != nil {
			return err
		}
	}
	return nil
}

// fileClaim describes the file or directory at the real path real, which info
// describes. The caller sets path, claimant and identity.
func fileClaim(root *sysroot.Root, real string, info fs.FileInfo) (*claim, error) {
	mode := info.Mode()
	c := &claim{Entry: Entry{Mode: mode & (modeBits | fs.ModeType)}, priority: explicit}
	switch {
	case mode.IsDir():
		return c, nil
	case !mode.IsRegular():
		return nil, &SpecialFileError{Path: real, Mode: mode}
	}
	c.Size = info.Size()
	c.Content = fileContent{root, real, info}
	value, err := root.Xattr(real, capability)
	if err != nil {
		return nil, err
	}
	if len(value) > 0 {
		c.Xattrs = map[string]string{capability: string(value)}
	}
	return c, nil
}
