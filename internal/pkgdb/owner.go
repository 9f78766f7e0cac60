package pkgdb

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Owners returns the installed packages that paths belong to: for each path, the sorted
// names as Files takes them, NAME or, where NAME is the package of another architecture,
// NAME:ARCH. Paths that belong to no package are left out.
//
// The paths are absolute. The file need not exist. A path is also found if the package
// spells it differently and a symlink makes both the same: /usr/lib/x is recorded as /lib/x
// by some packages, and the reverse. Diverted files are found under their current name.
// A directory belongs to every package that lists it. A file belongs to one package, or to
// the same package of several architectures.
//
// The lists of all packages are read once for each call if one of the paths is a directory
// or belongs to no package, so ask for all paths at once. Otherwise dpkg's lists are read
// only until every path is found, beginning with the packages of similar names.
func (db *DB) Owners(ctx context.Context, paths ...string) (map[string][]string, error) {
	return db.search(ctx, nil, paths)
}

// OwnersAmong is Owners for the given packages only, with the names that Owners and Depends
// return: a path is left out if none of them has it. Of dpkg's lists, only theirs are read,
// so it is fast for directories, too.
func (db *DB) OwnersAmong(ctx context.Context, packages []string, paths ...string) (map[string][]string, error) {
	among := map[*record]bool{}
	for _, name := range packages {
		p, err := db.find(name)
		if err != nil {
			return nil, err
		}
		among[p] = true
	}
	return db.search(ctx, among, paths)
}

// search finds the owners of paths among some packages, or among all if that is nil.
func (db *DB) search(ctx context.Context, among map[*record]bool, paths []string) (map[string][]string, error) {
	s, err := db.newSearch(paths)
	if err != nil || len(s.paths) == 0 {
		return nil, err
	}
	s.among = among
	if err := db.back.owners(ctx, s); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, p := range s.paths {
		for _, r := range p.owners {
			out[p.path] = append(out[p.path], db.nameOf(r))
		}
		if names := out[p.path]; names != nil {
			slices.Sort(names)
			out[p.path] = slices.Compact(names)
		}
	}
	return out, nil
}

// nameOf returns the name with which find finds p.
func (db *DB) nameOf(p *record) string {
	if db.exact(p.Name, "") == p || p.Arch == "" {
		return p.Name
	}
	return p.Name + ":" + p.Arch
}

// ownerSearch holds the paths whose owners are searched.
type ownerSearch struct {
	paths []*ownedPath
	// spelled has the paths by each of their spellings in a package.
	spelled map[string][]*ownedPath
	lengths map[int]bool // of the spellings
	// among has the packages that are searched; all if it is nil.
	among map[*record]bool
}

// ownedPath is a path and the packages found for it.
type ownedPath struct {
	path   string
	isDir  bool
	owners []*record
}

// newSearch returns the search for the owners of paths. It leaves out relative paths.
func (db *DB) newSearch(paths []string) (*ownerSearch, error) {
	s := &ownerSearch{spelled: map[string][]*ownedPath{}, lengths: map[int]bool{}}
	aliases, err := db.dirAliases()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, name := range paths {
		if !path.IsAbs(name) || seen[name] {
			continue
		}
		if seen[name] = true; len(seen) > maxPaths {
			return nil, fmt.Errorf("the owners of more than %d paths are searched", maxPaths)
		}
		isDir, err := db.leadsToDir(name)
		if err != nil {
			return nil, err
		}
		spellings, err := db.spellings(name, aliases)
		if err != nil {
			return nil, err
		}
		p := &ownedPath{path: name, isDir: isDir}
		s.paths = append(s.paths, p)
		for _, spelling := range spellings {
			s.spelled[spelling] = append(s.spelled[spelling], p)
			s.lengths[len(spelling)] = true
		}
	}
	return s, nil
}

// parents returns the parents of all spellings.
func (s *ownerSearch) parents() map[string]bool {
	out := map[string]bool{}
	for spelling := range s.spelled {
		out[path.Dir(spelling)] = true
	}
	return out
}

// add adds p to the owners of the path that has the given spelling in p.
func (s *ownerSearch) add(spelling string, p *record) {
	if s.among != nil && !s.among[p] {
		return
	}
	for _, at := range s.spelled[spelling] {
		if n := len(at.owners); n == 0 || at.owners[n-1] != p { // p is searched once
			at.owners = append(at.owners, p)
		}
	}
}

// isDone reports whether further packages, of other names than those that were searched,
// cannot own any of the paths.
func (s *ownerSearch) isDone() bool {
	return !s.hasDir() && !slices.ContainsFunc(s.paths, func(p *ownedPath) bool { return len(p.owners) == 0 })
}

// hasDir reports whether one of the paths is a directory, so that all lists must be read.
func (s *ownerSearch) hasDir() bool {
	return slices.ContainsFunc(s.paths, func(p *ownedPath) bool { return p.isDir })
}

// leadsToDir reports whether name is a directory or a symlink to one. A path that cannot be
// reached is none.
func (db *DB) leadsToDir(name string) (bool, error) {
	n, err := db.root.Walk(name)
	if sysroot.IsAbsent(err) || err != nil && db.root.Denied(name) {
		return false, nil
	}
	return err == nil && n.Info.IsDir(), err
}

// dirAlias is a directory that is a symlink to another one.
type dirAlias struct{ from, to string }

// aliasedDirs are directories that many systems replace by symlinks after packages were
// built for separate directories: the merged /usr, Alpine's and Arch's /usr/sbin and
// /usr/lib64, and the merged /run.
var aliasedDirs = []string{
	"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr/sbin", "/usr/lib64", "/var/run", "/var/lock",
}

// dirAliases returns the aliasedDirs that are symlinks here.
func (db *DB) dirAliases() ([]dirAlias, error) {
	var out []dirAlias
	for _, dir := range aliasedDirs {
		n, err := db.root.Walk(dir)
		switch {
		case sysroot.IsAbsent(err) || err != nil && db.root.Denied(dir):
			continue
		case err != nil:
			return nil, err
		case n.Real != dir:
			out = append(out, dirAlias{dir, n.Real})
		}
	}
	return out, nil
}

// spellings returns the paths that lead to the file at name, name included, as a package
// may record them.
func (db *DB) spellings(name string, aliases []dirAlias) ([]string, error) {
	real, err := db.root.Locate(name)
	switch {
	case sysroot.IsAbsent(err) || err != nil && db.root.Denied(name):
		real = path.Clean(name)
	case err != nil:
		return nil, err
	}
	out := []string{path.Clean(name), real}
	for _, a := range aliases {
		if rest, ok := strings.CutPrefix(real+"/", a.to+"/"); ok {
			out = append(out, path.Join(a.from, rest))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
