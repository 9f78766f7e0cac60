package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/pkgdb"
)

// addPackages adds the files of each --package, as the source's package
// database lists them, without documentation and translations.
func (p *packing) addPackages(context.Context) error {
	if len(p.packages) == 0 {
		return nil
	}
	db, err := pkgdb.Open(p.src.Root)
	if err != nil {
		return withHint(fmt.Errorf("--package %s: %w", p.packages[0], err), "--copy takes files that no package database lists")
	}
	var errs []error
	for _, name := range p.packages {
		errs = append(errs, p.addPackage(db, name))
	}
	return errors.Join(errs...)
}

func (p *packing) addPackage(db *pkgdb.DB, name string) error {
	files, err := db.Files(name, pkgdb.Options{})
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
		case errors.Is(err, fs.ErrNotExist):
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
	n, err := p.src.Root.Walk(name)
	if info.Mode()&fs.ModeSymlink != 0 && (err != nil || !n.Info.Mode().IsRegular() && !n.Info.IsDir()) {
		return nil //nolint:nilerr // what a package leaves dangling, or links to a device, is no one's loss
	}
	if info.Mode().IsRegular() {
		p.inTrees = append(p.inTrees, name)
		if isConfig(name) {
			p.configs = append(p.configs, name)
		}
	}
	return p.tree.AddFrom(p.src.Root, name)
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
// bring it, where the source's package files can tell.
func (p *packing) nameProviders(err error) error {
	var db *pkgdb.DB
	opened := false
	var out []error
	for _, e := range flatten(err) {
		var missing *elfdeps.MissingError
		if errors.As(e, &missing) && !strings.Contains(missing.Name, "/") {
			if !opened {
				opened = true
				db, _ = pkgdb.Open(p.src.Root) // nil where there is none
			}
			if hint := p.bringHint(db, missing.Name); hint != "" {
				e = withHint(errors.New(describeMissing(missing)), hint)
			}
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// bringHint says what brings a missing library, "" when that is not known.
func (p *packing) bringHint(db *pkgdb.DB, name string) string {
	if db != nil {
		if hint := p.providerHint(db, name); hint != "" {
			return hint
		}
	}
	if p.hasSetID() {
		return "a set-id program's loader looks in the system's own directories alone: install it there"
	}
	return ""
}

// hasSetID tells whether a program changes who runs it, for which its loader
// leaves out LD_LIBRARY_PATH and what $ORIGIN means.
func (p *packing) hasSetID() bool {
	return slices.ContainsFunc(p.programs, func(prog source.Program) bool {
		n, err := p.src.Root.Walk(prog.Src)
		return err == nil && n.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0
	})
}

func (p *packing) providerHint(db *pkgdb.DB, name string) string {
	for _, by := range db.Providers(name) {
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
