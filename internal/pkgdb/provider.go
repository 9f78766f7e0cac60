package pkgdb

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Providers finds the packages that provide files, given by base name or path, or
// libraries, given by soname. It returns installed packages (the file may be in a
// directory that is not searched, or may have been removed), or, if there are none, those
// in the downloaded indexes of the package manager. Each package is listed once for a
// name, at most 16 packages for each. The database is read once for all names. What was
// found before an error is returned with it.
func (db *DB) Providers(ctx context.Context, names ...string) (map[string][]Provider, error) {
	w := newWanted(names)
	err := db.installed(ctx, w)
	if rest := w.without(); err == nil && len(rest.found) > 0 {
		err = db.back.known(ctx, rest)
		w.merge(rest)
	}
	out := map[string][]Provider{}
	for _, name := range names {
		list := w.found[path.Base(name)]
		for i, p := range list {
			list[i].Installed = p.Installed || db.exact(p.Package, "") != nil
		}
		out[name] = list
	}
	return out, err
}

// installed finds the installed providers: those that have a file of that name, sorted by
// package name, then those that declare it.
func (db *DB) installed(ctx context.Context, w *wanted) error {
	err := db.back.all(ctx, func(p *record, f file) error {
		base := path.Base(f.path)
		if f.dir || f.doc || !w.has(base) {
			return nil
		}
		if isDir, err := db.isDir(f.path); err != nil || isDir {
			return err
		}
		w.add(base, Provider{Package: p.Name, Path: f.path, Installed: true})
		return nil
	})
	for _, list := range w.found {
		slices.SortStableFunc(list, func(a, b Provider) int { return strings.Compare(a.Package, b.Package) })
	}
	if err != nil {
		return err
	}
	return db.back.sonames(ctx, w)
}

// wanted holds the requested base names and sonames and their providers.
type wanted struct {
	found map[string][]Provider
	// programs is set if the names are those of programs.
	programs bool
}

func newWanted(names []string) *wanted {
	w := &wanted{found: map[string][]Provider{}}
	for _, name := range names {
		if base := path.Base(name); base != "/" && base != "." {
			w.found[base] = nil
		}
	}
	return w
}

func (w *wanted) has(name string) bool {
	_, ok := w.found[name]
	return ok
}

// add adds p to the providers of name, if name was requested and p is not listed yet.
func (w *wanted) add(name string, p Provider) {
	list, ok := w.found[name]
	if !ok || !isName(p.Package) || len(list) >= maxFound || slices.ContainsFunc(list, func(q Provider) bool { return q.Package == p.Package }) {
		return
	}
	w.found[name] = append(list, p)
}

// isName reports whether name is valid as the name of a package. The user may copy it into
// a shell command.
func isName(name string) bool {
	for i := range len(name) {
		c := name[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || strings.IndexByte("+-._~^:@", c) < 0) {
			return false
		}
	}
	return name != ""
}

// without returns the names that have no provider.
func (w *wanted) without() *wanted {
	rest := &wanted{found: map[string][]Provider{}, programs: w.programs}
	for name, list := range w.found {
		if len(list) == 0 {
			rest.found[name] = nil
		}
	}
	return rest
}

// merge adds the providers found for the rest of the names.
func (w *wanted) merge(rest *wanted) {
	for name, list := range rest.found {
		w.found[name] = append(w.found[name], list...)
	}
}

// unlessDamaged returns err if it ends the search: if a limit was exceeded, a context
// ended or a system call failed. It returns nil for an index that is truncated or in an
// unknown format, which is used up to that point.
func unlessDamaged(err error) error {
	var limit *bounded.SizeError
	var at *fs.PathError
	switch {
	case sysroot.IsAbsent(err):
		return nil
	case errors.As(err, &limit), errors.As(err, &at), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return nil
}
