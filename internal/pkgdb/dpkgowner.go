package pkgdb

import (
	"context"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// owners implements backend. It reads the lists of packages with similar names first, then
// those of the dependencies of the owners found, where the libraries of a program are, and
// the others only if a path was not found or is a directory.
func (db *dpkgDB) owners(ctx context.Context, s *ownerSearch) error {
	lists := db.newListSearch(s)
	for _, next := range []func() iter.Seq[string]{
		func() iter.Seq[string] { return slices.Values(db.likelyOwners(s)) },
		func() iter.Seq[string] { return db.dependencies(s) },
		db.names,
	} {
		for name := range next() {
			if err := lists.search(ctx, name); err != nil || s.isDone() {
				return err
			}
		}
	}
	return nil
}

// names yields the names of all packages.
func (db *dpkgDB) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range db.pkgs {
			if !yield(p.Name) {
				return
			}
		}
	}
}

// dependencies yields up to maxLikely names in the dependencies of the owners found, and in
// the dependencies of these. It yields none if all lists must be read in any case.
func (db *dpkgDB) dependencies(s *ownerSearch) iter.Seq[string] {
	return func(yield func(string) bool) {
		var queue []*record
		for _, p := range s.paths {
			if p.isDir {
				return
			}
			queue = append(queue, p.owners...)
		}
		seen := map[string]bool{}
		for ; len(queue) > 0 && len(seen) < maxLikely; queue = queue[1:] {
			for n := range db.needs(queue[0]) {
				if seen[n.name] {
					continue
				}
				seen[n.name] = true
				if !yield(n.name) {
					return
				}
				queue = append(queue, db.named(n.name)...)
			}
		}
	}
}

// listSearch searches paths in the lists of packages.
type listSearch struct {
	*ownerSearch
	db       *dpkgDB
	b        *budget
	searched map[string]bool // the names of packages
	// diverted has the recorded names of the files whose names after a diversion are
	// searched.
	diverted map[string]bool
}

func (db *dpkgDB) newListSearch(s *ownerSearch) *listSearch {
	l := &listSearch{s, db, newBudget(maxLists, db.info+": the lists of files"), map[string]bool{}, map[string]bool{}}
	for at, d := range db.divert {
		if s.spelled[d.to] != nil {
			l.diverted[at] = true
			s.lengths[len(at)] = true
		}
	}
	return l
}

// search reads the lists of the packages of that name. A missing list counts as empty.
func (l *listSearch) search(ctx context.Context, name string) error {
	if l.searched[name] {
		return nil
	}
	l.searched[name] = true
	for _, p := range l.db.named(name) {
		for _, c := range p.own.conffiles {
			l.entry([]byte(c), p)
		}
		err := l.db.listLines(ctx, p, l.b, func(line []byte) { l.entry(line, p) })
		if err != nil && !sysroot.IsAbsent(err) {
			return err
		}
	}
	return nil
}

// entry adds p to the owners of the path in a line of its list.
func (l *listSearch) entry(line []byte, p *record) {
	if !l.lengths[len(line)] || l.spelled[string(line)] == nil && !l.diverted[string(line)] {
		return
	}
	name := string(line)
	if d, ok := l.db.divert[name]; ok && d.by != p.Name {
		name = d.to
	}
	l.add(name, p)
}

// listLines calls f with each path in the list of p. For lists of checksums, which have no
// directories, it adds the parents of each file.
func (db *dpkgDB) listLines(ctx context.Context, p *record, b *budget, f func(name []byte)) (err error) {
	for _, name := range p.lists() {
		at := path.Join(db.info, name+db.ending)
		err = db.lines(ctx, at, b, func(line []byte) error {
			if db.ending == ".list" {
				f(line)
				return nil
			}
			return checksum(string(line), func(at file) error {
				for dir := at.path; dir != "/"; dir = path.Dir(dir) {
					f([]byte(dir))
				}
				return nil
			})
		})
		if !sysroot.IsAbsent(err) {
			break
		}
	}
	return err
}

// named returns the packages of that name.
func (db *dpkgDB) named(name string) []*record {
	from, _ := slices.BinarySearchFunc(db.pkgs, name, compareName)
	to := from
	for to < len(db.pkgs) && db.pkgs[to].Name == name {
		to++
	}
	return db.pkgs[from:to]
}

func compareName(p *record, name string) int { return strings.Compare(p.Name, name) }

// The maximum numbers of packages whose names begin with a component of a path, and of all
// that are read because of their names.
const (
	maxSimilar = 8
	maxLikely  = 48
)

// likelyOwners returns names of packages that are similar to the components of the paths:
// /usr/lib/postgresql/15/bin/postgres may be in postgresql-15, and libz.so.1 in libz1. It is
// empty if all lists must be read in any case.
func (db *dpkgDB) likelyOwners(s *ownerSearch) []string {
	var out []string
	for _, p := range s.paths {
		if p.isDir {
			return nil
		}
		base := path.Base(p.path)
		for _, name := range sonamePackages(base) {
			out = append(out, db.beginning(name, 1)...)
		}
		for dir := strings.ToLower(p.path); len(dir) > 1 && len(out) < maxLikely; dir = path.Dir(dir) {
			out = append(out, db.similar(path.Base(dir))...)
		}
	}
	return out
}

// commonComponents are directories of the file system hierarchy with files of many packages.
var commonComponents = []string{
	"usr", "local", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "etc", "opt", "var", "cache", "games",
}

// similar returns the names of packages that begin with a component of a path, without its
// suffix. It returns none for the components that most paths have.
func (db *dpkgDB) similar(component string) []string {
	stem, _, _ := strings.Cut(strings.ReplaceAll(component, "_", "-"), ".so")
	if slices.Contains(commonComponents, component) || strings.HasSuffix(component, "-linux-gnu") {
		return nil
	}
	out := db.beginning(stem, maxSimilar)
	if short, _, ok := strings.Cut(stem, "."); ok {
		out = append(out, db.beginning(short, maxSimilar)...)
	}
	if !strings.HasPrefix(stem, "lib") {
		out = append(out, db.beginning("lib"+stem, maxSimilar)...)
	}
	return out
}

// beginning returns up to limit names of packages that begin with prefix.
func (db *dpkgDB) beginning(prefix string, limit int) []string {
	if len(prefix) < 2 {
		return nil
	}
	at, _ := slices.BinarySearchFunc(db.pkgs, prefix, compareName)
	var out []string
	for _, p := range db.pkgs[at:] {
		if len(out) == limit || !strings.HasPrefix(p.Name, prefix) {
			break
		}
		out = append(out, p.Name)
	}
	return out
}
