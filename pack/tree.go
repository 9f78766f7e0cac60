package pack

import (
	"errors"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

func addLink(tree *rootfs.Tree, at, target string, claim Reason) error {
	return tree.Add(rootfs.Entry{Path: at, Mode: fs.ModeSymlink, Linkname: target, Claim: claim})
}

// addFound adds the files of found.Opened that the tree does not have yet. fallback is
// the reason for files that no object needs.
func addFound(sys system, c contents, found *elfdeps.Closure, fallback Reason) error {
	have := c.tree.FS()
	why := reasonsByPath(sys, found)
	var errs []error
	for _, name := range found.Opened {
		if f, err := have.Open(name); err == nil {
			_ = f.Close()
			continue
		}
		if c.moved[name] || source.IsPathFile(name) {
			continue
		}
		claim, ok := why[name]
		if !ok {
			claim = fallback
		}
		errs = append(errs, c.tree.AddFrom(sys.Root, name, rootfs.CopyOptions{Claim: claim}))
	}
	return errors.Join(errs...)
}
