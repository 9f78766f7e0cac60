package pkgdb

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Owner finds the installed package that the file or symlink name came from.
// A name below a linked top directory is known by its other name too (/lib/x
// and /usr/lib/x where /lib is a link to usr/lib), and the symlinks in its
// parents are followed; the last component is not. Directories have no owner.
func (db *DB) Owner(ctx context.Context, name string) (Package, bool, error) {
	name = path.Clean("/" + name)
	if isDir, err := db.isDir(name); err != nil || isDir {
		return Package{}, false, err
	}
	at, err := db.place(name)
	if err != nil {
		return Package{}, false, err
	}
	p, err := db.owner(ctx, at)
	if p == nil || err != nil {
		return Package{}, false, err
	}
	return p.Package, true, nil
}

// place is where a file is looked for: without linked directories, and where it
// really is.
type place struct{ want, real string }

func (db *DB) place(name string) (at place, err error) {
	if db.aliases == nil {
		if db.aliases, err = findAliases(db.root); err != nil {
			return at, err
		}
	}
	at.want = db.aliases.canonical(name)
	if at.real, err = db.root.Locate(name); sysroot.IsAbsent(err) {
		at.real, err = at.want, nil
	}
	return at, err
}

// owner looks for the package of a file: in the packages that its name suggests
// first, then in every list. A file that several packages have, as those of
// several architectures may, is that of the first whose list has it under the
// name that was asked for.
func (db *DB) owner(ctx context.Context, at place) (*record, error) {
	p, err := db.guess(ctx, at)
	if p != nil || err != nil {
		return p, err
	}
	var second *record
	err = db.back.all(ctx, func(q *record, f file) error {
		switch name := db.aliases.canonical(f.path); {
		case f.dir:
		case name == at.want:
			p = q
			return errStop
		case name == at.real && second == nil:
			second = q
		}
		return nil
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	if p == nil {
		p = second
	}
	return p, err
}

// maxGuesses bounds the lists that are read in the hope of a hit.
const maxGuesses = 24

// guess reads the lists of the packages whose names the path suggests, which
// are few, instead of all of them. Where all lists are in one file, that would
// take longer.
func (db *DB) guess(ctx context.Context, at place) (*record, error) {
	if db.kind != Dpkg {
		return nil, nil
	}
	b := newBudget(maxLists, "the lists of files")
	for _, p := range db.suggested(at) {
		err := db.back.files(ctx, p, b, func(f file) error {
			if name := db.aliases.canonical(f.path); !f.dir && (name == at.want || name == at.real) {
				return errStop
			}
			return nil
		})
		switch {
		case errors.Is(err, errStop):
			return p, nil
		case err != nil && !sysroot.IsAbsent(err):
			return nil, err
		}
	}
	return nil, nil
}

// suggested lists the packages whose names a path suggests, the likeliest first.
func (db *DB) suggested(at place) []*record {
	words := clues(at.want)
	if at.real != at.want {
		words = append(words, clues(at.real)...)
	}
	var out []*record
	for _, w := range words {
		for _, p := range db.startingWith(w) {
			if len(out) == maxGuesses {
				return out
			}
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// clues are the beginnings of package names that a path suggests, the
// likeliest first: libfoo1 for libfoo.so.1 (Debian policy 8.1), the base
// name, its first word, and the directories that are named after packages.
func clues(name string) []string {
	var out []string
	base := strings.ToLower(path.Base(name))
	out = append(out, sonamePackages(base)...)
	stem := base
	if i := strings.Index(stem, ".so"); i > 0 {
		stem = stem[:i]
	}
	out = append(out, stem)
	if i := strings.IndexAny(stem, "-_.0123456789"); i > 2 {
		out = append(out, stem[:i])
	}
	parts := strings.Split(path.Dir(name), "/")
	for _, p := range slices.Backward(parts) {
		// The directories of the hierarchy itself are no package's name.
		if len(p) > 3 && !slices.Contains([]string{"share", "local", "sbin", "include", "lib64"}, p) {
			out = append(out, strings.ToLower(p))
		}
	}
	return out
}

// sonamePackages are the names that Debian policy 8.1 gives the package of a
// shared library: libfoo1 for libfoo.so.1, libfoo2-1 for libfoo2.so.1, and
// libfoo-1.2-3 for libfoo-1.2.so.3; and those of the time_t transition (t64).
func sonamePackages(soname string) []string {
	lib, version, ok := strings.Cut(soname, ".so.")
	if !ok {
		lib, ok = strings.CutSuffix(soname, ".so")
		if !ok {
			return nil
		}
	}
	lib = strings.ReplaceAll(strings.ToLower(lib), "_", "-")
	if n := len(lib); version != "" && n > 0 && lib[n-1] >= '0' && lib[n-1] <= '9' {
		lib += "-"
	}
	out := []string{lib + version, lib + version + "t64"}
	if major, _, minor := strings.Cut(version, "."); minor {
		out = append(out, lib+major, lib+major+"t64") // libfoo.so.1.2.3 is the file that libfoo.so.1 links to
	}
	return out
}

// startingWith lists the packages whose name begins with prefix, a whole
// match first.
func (db *DB) startingWith(prefix string) []*record {
	i, _ := slices.BinarySearchFunc(db.pkgs, prefix, func(p *record, name string) int { return strings.Compare(p.Name, name) })
	end := i
	for end < len(db.pkgs) && strings.HasPrefix(db.pkgs[end].Name, prefix) {
		end++
	}
	return db.pkgs[i:end]
}
