package pkgdb

import (
	"iter"
	"path"
	"slices"
	"strings"
)

// The maximum numbers of packages whose names begin with a component of a path, and of those
// that are read in one of the orders below before all are read.
const (
	maxSimilar = 8
	maxLikely  = 48
)

// namesAmong yields the names of the packages that are searched.
func namesAmong(s *ownerSearch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for p := range s.among {
			if !yield(p.Name) {
				return
			}
		}
	}
}

// names yields the names of all packages.
func (db *dpkgDB) names(*ownerSearch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range db.pkgs {
			if !yield(p.Name) {
				return
			}
		}
	}
}

// sameNames yields the names of packages that are named like a component of a path without
// an owner: redis-server for /usr/bin/redis-server, and libssl3 for libssl.so.3.
func (db *dpkgDB) sameNames(s *ownerSearch) iter.Seq[string] {
	return likely(s, func(component string) []string {
		return append(sonamePackages(component), component)
	})
}

// similarNames yields the names of packages that begin with a component of a path without an
// owner: postgresql-15 for /usr/lib/postgresql/15/bin/postgres.
func (db *dpkgDB) similarNames(s *ownerSearch) iter.Seq[string] {
	return likely(s, func(component string) []string {
		stem, _, _ := strings.Cut(strings.ReplaceAll(component, "_", "-"), ".so")
		out := db.beginning(stem)
		if short, _, ok := strings.Cut(stem, "."); ok {
			out = append(out, db.beginning(short)...)
		}
		if !strings.HasPrefix(stem, "lib") {
			out = append(out, db.beginning("lib"+stem)...)
		}
		return out
	})
}

// likely yields up to maxLikely names of packages that namesFor returns for the components
// of the paths without an owner, the last component first.
func likely(s *ownerSearch, namesFor func(component string) []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		left := maxLikely
		for component := range components(s) {
			for _, name := range namesFor(component) {
				if left--; left < 0 || !yield(name) {
					return
				}
			}
		}
	}
}

// components yields the components of the paths without an owner that name a package, the
// last one of each path first. It ends with a path as soon as that has an owner.
func components(s *ownerSearch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range s.paths {
			for dir := strings.ToLower(p.path); len(dir) > 1 && len(p.owners) == 0; dir = path.Dir(dir) {
				if base := path.Base(dir); !isCommon(base) && !yield(base) {
					return
				}
			}
		}
	}
}

// commonComponents are directories of the file system hierarchy with files of many packages.
var commonComponents = []string{
	"usr", "local", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "etc", "opt", "var", "cache",
	"games",
}

// isCommon reports whether many packages have files in a directory of that name.
func isCommon(component string) bool {
	return slices.Contains(commonComponents, component) || strings.HasSuffix(component, "-linux-gnu")
}

// dependencies yields up to maxLikely names in the dependencies of the owners found, and in
// the dependencies of these.
func (db *dpkgDB) dependencies(s *ownerSearch) iter.Seq[string] {
	return func(yield func(string) bool) {
		var queue []*record
		for _, p := range s.paths {
			queue = append(queue, p.owners...)
		}
		seen := map[string]bool{}
		for ; len(queue) > 0; queue = queue[1:] {
			for n := range db.needs(queue[0]) {
				if seen[n.name] {
					continue
				}
				if seen[n.name] = true; len(seen) > maxLikely || !yield(n.name) {
					return
				}
				queue = append(queue, db.named(n.name)...)
			}
		}
	}
}

// beginning returns up to maxSimilar names of packages that begin with prefix.
func (db *dpkgDB) beginning(prefix string) []string {
	if len(prefix) < 2 {
		return nil
	}
	at, _ := slices.BinarySearchFunc(db.pkgs, prefix, compareName)
	var out []string
	for _, p := range db.pkgs[at:] {
		if len(out) == maxSimilar || !strings.HasPrefix(p.Name, prefix) {
			break
		}
		out = append(out, p.Name)
	}
	return out
}
