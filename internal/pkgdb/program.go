package pkgdb

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Programs finds the packages that have programs of the given names (without directories).
// It returns installed packages with the paths of the files, which are executable, or, if
// there are none, packages in the downloaded indexes of the package manager: those that list
// such a file, and the one with the name of the program. Each package is listed once for a
// name, at most 16 packages for each.
func (db *DB) Programs(ctx context.Context, names ...string) (map[string][]Provider, error) {
	w := newWanted(names)
	w.programs = true
	left := maxOpened // files that are looked up
	err := db.back.all(ctx, func(p *record, f file) error {
		base := path.Base(f.path)
		if f.dir || f.doc || !w.has(base) || below(f.path, notForPrograms) || left == 0 {
			return nil
		}
		left--
		isProgram, err := db.isProgram(f.path)
		if isProgram {
			w.add(base, Provider{Package: db.nameOf(p), Path: f.path, Installed: true})
		}
		return err
	})
	if rest := w.without(); err == nil && len(rest.found) > 0 {
		err = db.back.known(ctx, rest)
		db.keepUninstalled(rest)
		w.merge(rest)
	}
	return w.found, err
}

// notForPrograms are the directories whose executable files are not programs to be packed:
// scripts of the init system and documentation.
var notForPrograms = append([]string{"/etc/"}, docDirs...)

// keepUninstalled removes the packages that are installed: they have no such program.
func (db *DB) keepUninstalled(w *wanted) {
	for name, list := range w.found {
		w.found[name] = slices.DeleteFunc(list, func(p Provider) bool { return db.exact(p.Package, "") != nil })
	}
}

// isProgram reports whether name leads to an executable regular file.
func (db *DB) isProgram(name string) (bool, error) {
	n, err := db.root.Walk(name)
	if unknown(db.root, name, err) {
		return false, nil
	}
	return err == nil && n.Info.Mode().IsRegular() && n.Info.Mode()&0o111 != 0, err
}

// isProgramDir reports whether dir is a directory of programs.
func isProgramDir(dir string) bool {
	return slices.Contains([]string{"bin", "sbin", "games", "libexec"}, path.Base(dir))
}

// ProgramsOf returns the names of the programs in the usual directories that an installed
// package has, or else those of the packages that it depends on and whose names begin with
// its own. It returns none if no package is installed that has or provides that name.
func (db *DB) ProgramsOf(ctx context.Context, pkg string) ([]string, error) {
	depends, err := db.Depends(ctx, pkg)
	var none *NotInstalledError
	var several *AmbiguousError
	switch {
	case errors.As(err, &none), errors.As(err, &several):
		return nil, nil
	case err != nil:
		return nil, err
	}
	out, err := db.programsIn(ctx, pkg)
	for _, name := range depends {
		if err == nil && len(out) == 0 && strings.HasPrefix(name, pkg) {
			out, err = db.programsIn(ctx, name)
		}
	}
	return out, err
}

// programsIn returns the names of the programs in the list of a package.
func (db *DB) programsIn(ctx context.Context, pkg string) ([]string, error) {
	files, err := db.Files(ctx, pkg, Options{})
	if err != nil && !sysroot.IsAbsent(err) { // a package may have no list
		return nil, err
	}
	var out []string
	for _, name := range files {
		if !isProgramDir(path.Dir(name)) {
			continue
		}
		isProgram, err := db.isProgram(name)
		if err != nil {
			return nil, err
		}
		if isProgram {
			out = append(out, path.Base(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
