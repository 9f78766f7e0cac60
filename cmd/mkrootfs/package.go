package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addPackages adds the files of each --package, as the source's package
// database lists them, without documentation and translations.
func (p *packing) addPackages(ctx context.Context) error {
	if len(p.packages) == 0 {
		return nil
	}
	db, err := pkgdb.Open(ctx, p.src.Root)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return withHint(fmt.Errorf("--package %s: %w", p.packages[0], err), "--copy takes files that no package database lists")
	}
	var errs []error
	for _, name := range p.packages {
		errs = append(errs, p.addPackage(ctx, db, name))
	}
	return errors.Join(errs...)
}

func (p *packing) addPackage(ctx context.Context, db *pkgdb.DB, name string) error {
	files, err := db.Files(ctx, name, pkgdb.Options{})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return packageError(name, err)
	}
	// What --conf and --copy put somewhere goes before a package's own.
	own := map[string]bool{}
	for _, c := range p.copied {
		own[c] = true
	}
	absent := 0
	var errs []error
	for _, f := range files {
		if own[f] {
			continue
		}
		info, err := p.src.Root.Lstat(f)
		switch {
		case sysroot.IsAbsent(err):
			absent++
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		}
		errs = append(errs, p.addPackaged(f, info))
	}
	if absent > 0 {
		p.warnings = append(p.warnings, fmt.Errorf("--package %s: %d of its %d files are not there", name, absent, len(files)))
	}
	return errors.Join(errs...)
}

// addPackaged adds one file of a package, or a symlink with what it leads to;
// one that leads nowhere on the source stays away.
func (p *packing) addPackaged(name string, info fs.FileInfo) error {
	if info.Mode()&fs.ModeSymlink != 0 {
		// A symlink that leads nowhere, or to a device, is left out.
		n, err := p.src.Root.Walk(name)
		if sysroot.IsAbsent(err) || err == nil && !n.Info.Mode().IsRegular() && !n.Info.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if info.Mode().IsRegular() {
		p.inTrees = append(p.inTrees, name)
		if isConfig(name) {
			p.configs = append(p.configs, name)
		}
	}
	return p.tree.AddFrom(p.src.Root, name, rootfs.CopyOptions{})
}

// packageError words why a package cannot be taken.
func packageError(name string, err error) error {
	var absent *pkgdb.NotInstalledError
	var many *pkgdb.AmbiguousError
	err = fmt.Errorf("--package %s: %w", name, err)
	switch {
	case errors.As(err, &absent) && len(absent.Nearest) > 0:
		return withHint(err, "did you mean "+shellList(absent.Nearest)+"?")
	case errors.As(err, &many):
		return withHint(err, "say one of "+shellList(many.Providers))
	}
	return err
}

// installers are how each kind of package database's system installs.
var installers = map[string]string{"dpkg": "apt install", "apk": "apk add", "rpm": "dnf install"}

// nameProviders adds to each missing library the hint of the package that would
// bring it, where the source's package files can tell. That they cannot be read
// hides nothing: the hint then says why no package is named.
func (p *packing) nameProviders(ctx context.Context, err error) error {
	parts := flatten(err)
	var names []string
	for _, e := range parts {
		if missing := missingSoname(e); missing != nil {
			names = append(names, missing.Name)
		}
	}
	if len(names) == 0 || ctx.Err() != nil {
		return err
	}
	debug.SetGCPercent(100) // databases are long, and little of them is kept
	hints := p.bringHints(ctx, names)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, e := range parts {
		if missing := missingSoname(e); missing != nil && hints[missing.Name] != "" {
			parts[i] = withHint(errors.New(describeMissing(missing)), hints[missing.Name])
		}
	}
	return errors.Join(parts...)
}

// missingSoname returns what err says of a missing library that is not named by
// a path; nil when it says nothing of the kind.
func missingSoname(err error) *elfdeps.MissingError {
	var missing *elfdeps.MissingError
	if errors.As(err, &missing) && !strings.Contains(missing.Name, "/") {
		return missing
	}
	return nil
}

// bringHints say what brings missing libraries, by their names.
func (p *packing) bringHints(ctx context.Context, names []string) map[string]string {
	hints := map[string]string{}
	var found map[string][]pkgdb.Provider
	db, err := pkgdb.Open(ctx, p.src.Root)
	if err == nil {
		found, err = db.Providers(ctx, names...)
	}
	setID := p.hasSetID()
	for _, name := range names {
		switch hint := p.providerHint(db, name, found[name]); {
		case hint != "":
			hints[name] = hint
		case setID:
			hints[name] = "a set-id program's loader looks in the system's own directories alone: install it there"
		case err != nil && !errors.Is(err, pkgdb.ErrNone):
			hints[name] = fmt.Sprintf("%s; which package has it cannot be told: %s", installHint, pathFirst(err))
		}
	}
	return hints
}

// hasSetID reports whether a program changes who runs it, for which its loader
// leaves out LD_LIBRARY_PATH and what $ORIGIN means.
func (p *packing) hasSetID() bool {
	return slices.ContainsFunc(p.programs, func(prog source.Program) bool {
		n, err := p.src.Root.Walk(prog.Src)
		return err == nil && n.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0
	})
}

// providerHint says which of its providers brings a library, "" when there are none.
func (p *packing) providerHint(db *pkgdb.DB, name string, providers []pkgdb.Provider) string {
	for _, by := range providers {
		_, gone := p.src.Root.Walk(by.Path)
		switch {
		case by.Installed && by.Path != "" && gone == nil:
			dir := by.Path[:strings.LastIndexByte(by.Path, '/')]
			return fmt.Sprintf("%s has %s in %s: --library-path %[3]s", shellWord(by.Package), shellWord(name), shellWord(dir))
		case by.Installed:
			return fmt.Sprintf("%s should bring %s: install it again", shellWord(by.Package), shellWord(name))
		case installers[string(db.Kind())] != "":
			return fmt.Sprintf("%s brings %s: %s %[1]s", shellWord(by.Package), shellWord(name), installers[string(db.Kind())])
		}
	}
	return ""
}
