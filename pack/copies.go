package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

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

func addCopy(ctx context.Context, tree *rootfs.Tree, sys system, c copyRequest) (a added, err error) {
	from, name := sys.File(c.Src)
	o := rootfs.CopyOptions{Dest: c.Dst, Mode: c.mode, Claim: Reason{Cause: Asked, Flag: "--copy " + c.Src}}
	if c.Chown != "" {
		who, err := lookUpOwner(sys, "copy", c.Chown)
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
		if isConfig(f.Path) {
			a.configs = append(a.configs, doctor.Config{Path: f.Path})
		}
	}
	return a, ctx.Err()
}

// isConfig reports whether name is a likely path of a configuration file.
func isConfig(name string) bool {
	switch path.Ext(name) {
	case ".conf", ".cnf", ".cfg", ".ini":
		return true
	}
	return strings.HasPrefix(name, "/etc/")
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
func addConfs(tree *rootfs.Tree, sys system, confs []Conf) (a added, err error) {
	mode := fs.FileMode(0o644)
	for _, c := range confs {
		dst := confPath(c)
		from, name := sys.File(c.Src)
		o := rootfs.CopyOptions{Dest: dst, Mode: &mode, Claim: Reason{Cause: Asked, Flag: "--conf " + c.Src}}
		if err := tree.AddFrom(from, name, o); err != nil {
			return a, confError(c.Src, err)
		}
		a.files = append(a.files, dst)
		a.configs = append(a.configs, doctor.Config{Path: dst, Name: c.Src, Main: true})
	}
	return a, nil
}

// confPath returns the path of a --conf file in the image.
func confPath(c Conf) string {
	switch {
	case c.Dst == "":
		return doctor.ConfigPath(c.Src)
	case strings.HasSuffix(c.Dst, "/"):
		return path.Join(c.Dst, path.Base(c.Src))
	}
	return path.Clean(c.Dst)
}

// confError returns the error for a --conf that failed.
func confError(src string, err error) error {
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	err = fmt.Errorf("%s: the --conf file cannot be read: %w", src, at.Err)
	switch {
	case errors.Is(at.Err, fs.ErrNotExist):
		return usererr.WithHint(err,
			"check the path: a relative path starts at the working directory; "+
				"use SRC:DST for another path in the image")
	case errors.Is(at.Err, syscall.EINVAL):
		err = fmt.Errorf("%s: the --conf file is not a regular file", src)
		return usererr.WithHint(err, "write its content to a file first")
	case at.Op == "install":
		return usererr.WithHint(err, "use --copy for a directory")
	}
	return err
}
