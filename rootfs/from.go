package rootfs

import (
	"fmt"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// capability is the extended attribute that holds a file's capabilities
// (capabilities(7)); it is kept for every regular file that has it.
const capability = "security.capability"

// AddFrom claims the file name of src, an absolute path, for the same path,
// together with every symlink and directory that the walk to it crosses: on a
// merged-usr system /lib/x brings the link /lib, /usr, /usr/lib and /usr/lib/x.
// The file keeps its mode, capabilities and hard links; all of it belongs to
// root, and the directories crossed have mode 0755. If name leads to a
// directory, that directory is claimed with its own mode, and nothing in it.
//
// Errors are those of the file system (*fs.PathError), *SpecialFileError for a
// socket, pipe or device, and *ConflictError.
func (t *Tree) AddFrom(src fs.ReadLinkFS, name string) error {
	root := sysroot.New(src)
	n, err := root.Walk(name)
	if err != nil {
		return err
	}
	if err := t.addWay(n, name); err != nil {
		return err
	}
	c, err := fileClaim(root, n.Real, n.Info)
	if err != nil {
		return err
	}
	c.Path, c.Claim, c.firm = n.Real, name, copied
	c.id = linkIDOf(root, n.Info, 0)
	return t.add(c)
}

// Install claims the regular file name of src for the path dst, its mode by
// rule: set-id bits stay, the rest is 0755 if anyone may execute it, else 0644.
// Capabilities and hard links are kept. It is for what moves: a program from a
// build directory, a configuration file.
func (t *Tree) Install(src fs.ReadLinkFS, name, dst string, o CopyOptions) error {
	root := sysroot.New(src)
	n, err := root.Walk(name)
	if err != nil {
		return err
	}
	c, err := fileClaim(root, n.Real, n.Info)
	if err != nil {
		return err
	}
	if c.Mode.Type() != 0 {
		return &fs.PathError{Op: "install", Path: name, Err: fmt.Errorf("is a %s, not a regular file", kindName(c.Mode))}
	}
	c.Mode = ruleMode(c.Mode)
	c.Path, c.Claim = dst, o.claimOr(name)
	c.id, c.firm = linkIDOf(root, n.Info, 0), o.firmness()
	o.apply(&c.Entry)
	return t.add(c)
}

// ruleMode makes a mode that does not depend on anybody's umask.
func ruleMode(m fs.FileMode) fs.FileMode {
	kept := m & (fs.ModeSetuid | fs.ModeSetgid)
	if m.Perm()&0o111 != 0 {
		return kept | 0o755
	}
	return kept | 0o644
}

// addWay claims the symlinks and directories that lead to n, without n itself.
func (t *Tree) addWay(n *sysroot.Node, name string) error {
	for _, l := range n.Links() {
		c := &claim{Entry: Entry{Path: l.Path, Mode: fs.ModeSymlink, Linkname: l.Target, Claim: name}, firm: explicit}
		if err := t.add(c); err != nil {
			return err
		}
	}
	for _, d := range n.Dirs() {
		if d == n.Real {
			continue
		}
		c := &claim{Entry: Entry{Path: d, Mode: fs.ModeDir | 0o755, Claim: name}, firm: crossed}
		if err := t.add(c); err != nil {
			return err
		}
	}
	return nil
}

// fileClaim describes the file or directory at the real path real, which is as
// info says; path, claimant and identity are left to the caller.
func fileClaim(root *sysroot.Root, real string, info fs.FileInfo) (*claim, error) {
	mode := info.Mode()
	c := &claim{Entry: Entry{Mode: mode & (modeBits | fs.ModeType)}, firm: explicit}
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
