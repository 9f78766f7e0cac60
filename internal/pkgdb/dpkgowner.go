package pkgdb

import (
	"context"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// owners implements backend. The order in which lists are read makes the search fast: those
// of packages that are named like the paths, those of the dependencies of the owners found,
// where the libraries of a program are, those of packages with similar names, and, if a path
// was not found, all.
func (db *dpkgDB) owners(ctx context.Context, s *ownerSearch) error {
	lists := db.newListSearch(s)
	orders := []func(*ownerSearch) iter.Seq[string]{db.sameNames, db.dependencies, db.similarNames, db.names}
	switch {
	case s.among != nil:
		orders = []func(*ownerSearch) iter.Seq[string]{namesAmong}
	case s.hasDir():
		orders = []func(*ownerSearch) iter.Seq[string]{db.names}
	}
	for _, order := range orders {
		for name := range order(s) {
			if err := lists.search(ctx, name); err != nil || s.isDone() {
				return err
			}
		}
	}
	return nil
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
		for c := range p.own.conffileNames() {
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
