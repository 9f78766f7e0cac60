package pkgdb

import (
	"path"
	"slices"
	"strings"
)

// owner looks for the package of the file name: in the packages that its name
// suggests first, then in the index of every list.
func (db *DB) owner(name string) *record {
	if db.isDir(name) {
		return nil
	}
	want := db.alias.canonical(name)
	real, err := db.root.Locate(name)
	if err != nil {
		real = want
	}
	if db.index == nil {
		if p := db.guess(want, real); p != nil {
			return p
		}
		db.buildIndex()
	}
	if p := db.index[want]; p != nil {
		return p
	}
	return db.index[real]
}

// maxGuesses bounds the lists that are read in the hope of a hit.
const maxGuesses = 24

// guess reads the lists of the packages whose names the path suggests, which
// are few, instead of all of them.
func (db *DB) guess(want, real string) *record {
	words := clues(want)
	if real != want {
		words = append(words, clues(real)...)
	}
	tried := 0
	seen := map[*record]bool{}
	for _, w := range words {
		for _, p := range db.startingWith(w) {
			if seen[p] {
				continue
			}
			seen[p] = true
			if tried++; tried > maxGuesses {
				return nil
			}
			list, err := db.list(p)
			if err != nil {
				continue
			}
			has := func(f file) bool { at := db.alias.canonical(f.path); return at == want || at == real }
			if slices.ContainsFunc(list, has) {
				return p
			}
		}
	}
	return nil
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

// buildIndex reads every list. A file that several packages have, as those of
// several architectures may, is the first one's.
func (db *DB) buildIndex() {
	db.index = make(map[string]*record, 64*len(db.pkgs))
	for _, p := range db.pkgs {
		list, err := db.list(p)
		if err != nil {
			continue // a list that is missing or broken owns nothing
		}
		for _, f := range list {
			if f.dir {
				continue
			}
			at := db.alias.canonical(f.path)
			if _, taken := db.index[at]; !taken {
				db.index[at] = p
			}
		}
	}
}

// Providers lists the packages that would bring a file, named by its base name
// or a path, or a library named by its soname: the installed ones (the file may
// lie in a directory that is not searched, or have been removed), and where
// there are none those that the package manager's downloaded indexes know.
// Each package stands there once.
func (db *DB) Providers(name string) []Provider {
	base := path.Base(name)
	if base == "/" || base == "." {
		return nil
	}
	out := db.withBase(base)
	out = append(out, db.back.sonames(base)...)
	if len(out) == 0 {
		out = db.back.known(base)
	}
	var once []Provider
	for _, p := range out {
		if !slices.ContainsFunc(once, func(q Provider) bool { return q.Package == p.Package }) {
			p.Installed = p.Installed || db.exact(p.Package, "") != nil
			once = append(once, p)
		}
	}
	return once
}

// withBase lists the installed packages that have a file of that base name.
func (db *DB) withBase(base string) []Provider {
	var out []Provider
	for _, p := range db.pkgs {
		list, err := db.list(p)
		if err != nil {
			continue
		}
		for _, f := range list {
			if strings.HasSuffix(f.path, base) && path.Base(f.path) == base && !f.dir && !f.doc {
				out = append(out, Provider{Package: p.Name, Path: f.path, Installed: true})
				break
			}
		}
	}
	return out
}
