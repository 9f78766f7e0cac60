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

// Providers finds the packages that would bring files, each named by its base
// name or a path, or libraries named by their sonames: the installed ones (the
// file may lie in a directory that is not searched, or have been removed), and
// where there are none those that the package manager's downloaded indexes know.
// Each package stands there once for a name, and no more than 16 for each. All
// names are answered by reading everything once. With an error comes what was
// found until then.
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

// installed finds the providers that are installed: those that have a file of
// that name, by the name of the package, and then those that declare it.
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

// wanted are the base names or sonames that are looked for, and their providers.
type wanted struct{ found map[string][]Provider }

func newWanted(names []string) *wanted {
	w := &wanted{map[string][]Provider{}}
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

// add adds a provider of name, if that is looked for and p is not there yet.
func (w *wanted) add(name string, p Provider) {
	list, ok := w.found[name]
	if !ok || !isName(p.Package) || len(list) >= maxFound || slices.ContainsFunc(list, func(q Provider) bool { return q.Package == p.Package }) {
		return
	}
	w.found[name] = append(list, p)
}

// isName reports whether a package manager would take name for that of a package:
// whoever reads it may well put it into a command.
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

// without are the names that have no provider.
func (w *wanted) without() *wanted {
	rest := &wanted{map[string][]Provider{}}
	for name, list := range w.found {
		if len(list) == 0 {
			rest.found[name] = nil
		}
	}
	return rest
}

// merge adds what was found for the rest of the names.
func (w *wanted) merge(rest *wanted) {
	for name, list := range rest.found {
		w.found[name] = append(w.found[name], list...)
	}
}

// unlessDamaged returns those errors of reading an index that end the search: a
// limit, a context that ended, a system call that failed. An index that is cut
// short or of a form that is not understood serves as far as it goes.
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
