package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// packageRequest is --package.
type packageRequest struct {
	names []string
	taken []string // paths in the image that --conf and --copy have added
}

// addPackages adds the files of the packages in the package database of the source,
// without documentation and translations.
func addPackages(ctx context.Context, tree *rootfs.Tree, sys system, r packageRequest) (all added, err error) {
	if len(r.names) == 0 {
		return all, nil
	}
	db, err := pkgdb.Open(ctx, sys.Root)
	if ctx.Err() != nil {
		return all, ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("--package %s: %w", r.names[0], err)
		return all, usererr.WithHint(err, "use --copy for files that no package database lists")
	}
	var errs []error
	for _, name := range r.names {
		files, err := db.Content(ctx, name, pkgdb.Options{})
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			errs = append(errs, packageError(name, err))
			continue
		}
		files = slices.DeleteFunc(files, func(f string) bool { return slices.Contains(r.taken, f) })
		one, err := addPackage(tree, sys, name, files)
		errs = append(errs, err)
		all.candidates = append(all.candidates, one.candidates...)
		all.configs = append(all.configs, one.configs...)
		all.warnings = append(all.warnings, one.warnings...)
	}
	return all, errors.Join(errs...)
}

// addPackage adds the files of a package. One warning counts those that the source
// does not have.
func addPackage(tree *rootfs.Tree, sys system, name string, files []string) (a added, err error) {
	absent := 0
	var errs []error
	for _, f := range files {
		info, err := sys.Root.Lstat(f)
		switch {
		case sysroot.IsAbsent(err):
			absent++
			continue
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			var usable bool
			if usable, err = leadsToFile(sys, f); err == nil && !usable {
				continue
			}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if info.Mode().IsRegular() {
			a.candidates = append(a.candidates, candidate{path: f, inTree: true, packaged: true})
			if doctor.IsConfig(f) {
				a.configs = append(a.configs, doctor.Config{Path: f})
			}
		}
		claim := Reason{Cause: Packaged, Name: name}
		errs = append(errs, tree.AddFrom(sys.Root, f, rootfs.CopyOptions{Claim: claim}))
	}
	if absent > 0 {
		text := fmt.Sprintf("--package %s: %d of its %d files do not exist", name, absent, len(files))
		a.warnings = append(a.warnings, Warning{Text: text})
	}
	return a, errors.Join(errs...)
}

// leadsToFile reports whether a symlink leads to a regular file or a directory.
func leadsToFile(sys system, name string) (bool, error) {
	n, err := sys.Root.Walk(name)
	if sysroot.IsAbsent(err) {
		return false, nil
	}
	return err == nil && (n.Info.Mode().IsRegular() || n.Info.IsDir()), err
}

// packageError returns the error for a package that cannot be listed.
func packageError(name string, err error) error {
	var absent *pkgdb.NotInstalledError
	var many *pkgdb.AmbiguousError
	err = fmt.Errorf("--package %s: %w", name, err)
	switch {
	case errors.As(err, &absent) && len(absent.Nearest) > 0:
		return usererr.WithHint(err, "did you mean "+quote.List(absent.Nearest)+"?")
	case errors.As(err, &many):
		return usererr.WithHint(err, "name one of "+quote.List(many.Providers))
	}
	return err
}
