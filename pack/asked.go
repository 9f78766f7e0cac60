package pack

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// askedFor returns the contents that r names: the programs with their closure, copies,
// configuration files, packages and directories.
func askedFor(ctx context.Context, sys system, r request, closure *elfdeps.Closure) (contents, error) {
	c := contents{tree: &rootfs.Tree{}, closure: closure, asked: map[string]bool{}, findings: &doctor.Findings{}}
	var err error
	if c.moved, err = addPrograms(c.tree, sys, closure); err != nil {
		return c, err
	}
	if err := checkDestinations(sys, r.Files); err != nil {
		return c, err
	}
	copied, err := addCopies(ctx, c.tree, sys, r.copies)
	if err != nil {
		return c, err
	}
	if c.placed.confs, err = placeConfs(ctx, sys, closure, r.Files.Conf); err != nil {
		return c, err
	}
	confs, err := addConfs(c.tree, sys, c.placed.confs)
	if err != nil {
		return c, err
	}
	c.placed.files = append(copied.files, confs.files...)
	packaged, err := addPackages(ctx, c.tree, sys, packageRequest{r.Files.Package, c.placed.files})
	if err != nil {
		return c, err
	}
	for _, a := range []added{copied, confs, packaged} {
		c.configs = append(c.configs, a.configs...)
		c.pending = append(c.pending, a.candidates...)
		c.warnings = append(c.warnings, a.warnings...)
	}
	for _, d := range r.dirs {
		c.placed.dirs = append(c.placed.dirs, path.Clean(d.Path))
	}
	return c, addDirs(c.tree, sys, r.dirs, r.Image.WorkingDir)
}

// checkDestinations returns an error for each --copy and --conf that would put a file in
// the place of a directory of the source.
func checkDestinations(sys system, f Files) error {
	var errs []error
	for _, c := range f.Copy {
		errs = append(errs, sys.CheckDestination("--copy", c.Src, c.Dst))
	}
	for _, c := range f.Conf {
		errs = append(errs, sys.CheckDestination("--conf", c.Src, c.Dst))
	}
	return errors.Join(errs...)
}

// addDirs adds the --mkdir directories and, like WORKDIR in a Dockerfile, the working
// directory.
func addDirs(tree *rootfs.Tree, sys system, dirs []dirRequest, workdir string) error {
	for _, d := range dirs {
		who, err := sys.owners.ForFlag("mkdir", d.Owner)
		if err != nil {
			return err
		}
		err = tree.Add(rootfs.Entry{
			Path: d.Path, Mode: fs.ModeDir | d.mode, UID: who.UID, GID: who.GID,
			Claim: Reason{Cause: Asked, Flag: "--mkdir " + d.Path},
		})
		if err != nil {
			return err
		}
	}
	if workdir == "" {
		return nil
	}
	claim := Reason{Cause: Asked, Flag: "--workdir " + workdir}
	return tree.Add(rootfs.Entry{Path: workdir, Mode: fs.ModeDir | 0o755, Implied: true, Claim: claim})
}

// addConfDirs adds the directories that --conf files name. Groups do not change them,
// unless other programs use them, too.
func addConfDirs(c contents) (contents, error) {
	for _, d := range c.findings.Dirs {
		err := c.tree.Add(rootfs.Entry{
			Path: d.Path, Mode: fs.ModeDir | d.Mode, UID: d.UID, GID: d.GID, Implied: true,
			Claim: Reason{Cause: Asked, Flag: d.Why},
		})
		if err != nil {
			return c, err
		}
		if !d.Shared {
			c.placed.dirs = append(c.placed.dirs, d.Path, strings.Replace(d.Path, "/var/run/", "/run/", 1))
		}
	}
	return c, nil
}
