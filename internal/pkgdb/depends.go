package pkgdb

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// need is a name in the dependencies of a package: that of a package, a name that packages
// provide, or, with rpm, the path of a file.
type need struct{ name, arch string }

// Depends returns the installed packages that an installed package depends on directly,
// sorted and without itself, with the names that Files takes: dpkg's Depends and
// Pre-Depends, the dependencies of apk, and rpm's Requires. Of alternatives it returns all
// that are installed, and for a virtual package all installed packages that provide it.
// Versions are not compared, since the package manager has done so. Recommendations are
// not included. Errors: *NotInstalledError, *AmbiguousError.
func (db *DB) Depends(ctx context.Context, name string) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	return db.fulfilling(ctx, p, p.depends)
}

// Suggests returns the installed packages that an installed package recommends or suggests,
// as Depends does: dpkg's Recommends and Suggests. It returns none with apk, which has no
// such fields, and with rpm, whose fields are not read.
func (db *DB) Suggests(ctx context.Context, name string) ([]string, error) {
	p, err := db.find(name)
	if err != nil {
		return nil, err
	}
	return db.fulfilling(ctx, p, p.suggests)
}

// Installed returns those of names that are the names of installed packages.
func (db *DB) Installed(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return db.exact(name, "") == nil })
}

// fulfilling returns the installed packages that fulfil dependencies of p, in the package
// manager's own syntax.
func (db *DB) fulfilling(ctx context.Context, p *record, depends []string) ([]string, error) {
	var out, files []string
	wanted := map[string]string{} // the architecture by name
	with := *p
	with.depends = depends
	for n := range db.back.needs(&with) {
		if len(wanted)+len(files) > maxNeeds {
			return nil, fmt.Errorf("package %s has more than %d dependencies", p.Name, maxNeeds)
		}
		if strings.HasPrefix(n.name, "/") {
			files = append(files, n.name)
			continue
		}
		wanted[n.name] = n.arch
	}
	for _, q := range db.satisfying(p, wanted) {
		out = append(out, db.nameOf(q))
	}
	owners, err := db.Owners(ctx, files...)
	for _, names := range owners {
		out = append(out, names...)
	}
	slices.Sort(out)
	self := db.nameOf(p)
	return slices.DeleteFunc(slices.Compact(out), func(name string) bool { return name == self }), err
}

// satisfying returns the packages that have or provide the wanted names, for the package p.
// Of a package that is installed for several architectures it returns that of p if there
// is one.
func (db *DB) satisfying(p *record, wanted map[string]string) []*record {
	var out []*record
	for _, q := range db.pkgs {
		satisfies := func(name string) bool {
			arch, ok := wanted[name]
			return ok && (arch == "" || q.Arch == arch)
		}
		if !satisfies(q.Name) && !slices.ContainsFunc(q.provides, satisfies) {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].Name == q.Name {
			out[last] = preferred(p, out[last], q)
			continue
		}
		out = append(out, q)
	}
	return out
}

// preferred returns the one of two packages of the same name that p uses.
func preferred(p, a, b *record) *record {
	switch {
	case a.Arch == p.Arch:
		return a
	case b.Arch == p.Arch || b.native && !a.native:
		return b
	}
	return a
}

// needs implements backend: deb-control(5), Depends.
func (db *dpkgDB) needs(p *record) iter.Seq[need] {
	isSeparator := func(r rune) bool { return r == ',' || r == '|' || r == '\n' }
	all := strings.Join(p.depends, ",")
	return func(yield func(need) bool) {
		for clause := range strings.FieldsFuncSeq(all, isSeparator) {
			for name := range relations(clause) {
				if !yield(need{name: name, arch: qualifier(clause)}) {
					return
				}
			}
		}
	}
}

// qualifier returns the architecture in a dependency "name:arch (>= version)". "any" is "".
func qualifier(clause string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(clause), " ")
	name, _, _ = strings.Cut(name, "(")
	if _, arch, _ := strings.Cut(name, ":"); arch != "any" && arch != "native" {
		return arch
	}
	return ""
}
