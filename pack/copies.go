package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/internal/confplan"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addCopies adds the files and trees of --copy.
func addCopies(ctx context.Context, tree *rootfs.Tree, sys system, copies []copyRequest) (added, error) {
	var all added
	var errs []error
	for _, c := range copies {
		one, err := addCopy(ctx, tree, sys, c)
		errs = append(errs, err)
		all.files = append(all.files, one.files...)
		all.candidates = append(all.candidates, one.candidates...)
		all.configs = append(all.configs, one.configs...)
	}
	return all, errors.Join(errs...)
}

// addCopy adds the file or the tree of one --copy.
func addCopy(ctx context.Context, tree *rootfs.Tree, sys system, c copyRequest) (a added, err error) {
	from, name := sys.File(c.Src)
	o := rootfs.CopyOptions{Dest: c.Dst, Mode: c.mode, Claim: Reason{Cause: Asked, Flag: "--copy " + c.Src}}
	if c.Chown != "" {
		who, err := sys.owners.ForFlag("copy", c.Chown)
		if err != nil {
			return a, err
		}
		o.UID, o.GID = &who.UID, &who.GID
	}
	copied, err := tree.Copy(ctx, from, name, o)
	if err != nil {
		return a, copyError(sys, c.Src, err)
	}
	n, err := from.Walk(name)
	if err != nil {
		return a, err
	}
	for _, f := range copied {
		a.files = append(a.files, f.Path)
		a.candidates = append(a.candidates, candidate{path: f.Path, inTree: n.Info.IsDir()})
		if doctor.IsConfig(f.Path) {
			a.configs = append(a.configs, doctor.Config{Path: f.Path})
		}
	}
	return a, ctx.Err()
}

// copyError returns the error for a --copy that failed.
func copyError(sys system, src string, err error) error {
	var at *fs.PathError
	if !errors.As(err, &at) || !errors.Is(at.Err, fs.ErrNotExist) {
		return err
	}
	if from, name := sys.File(src); from != nil {
		if text, lerr := from.LinkText(name); lerr == nil {
			err := fmt.Errorf("%s: a symlink to %s, which does not exist", src, text)
			return usererr.WithHint(err, "copy its directory to keep the symlink, or name another file")
		}
	}
	return usererr.WithHint(fmt.Errorf("%s: no such file for --copy", src),
		"check the path: a relative path starts at the working directory, an absolute one at the sysroot")
}

// addConfs adds the --conf files. They get mode 0644, which does not depend on a umask:
// who can run an image can read its files anyway, and the program may not run as root.
func addConfs(tree *rootfs.Tree, sys system, confs []confplan.Placed) (a added, err error) {
	mode := fs.FileMode(0o644)
	for _, c := range confs {
		from, name := sys.File(c.Src)
		o := rootfs.CopyOptions{Dest: c.Path, Mode: &mode, Claim: Reason{Cause: Asked, Flag: "--conf " + c.Src}}
		if err := tree.AddFrom(from, name, o); err != nil {
			return a, confplan.ReadError(c.Src, err)
		}
		a.files = append(a.files, c.Path)
		a.configs = append(a.configs, doctor.Config{Path: c.Path, Name: c.Src, Main: true})
	}
	return a, nil
}
