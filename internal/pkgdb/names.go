package pkgdb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// NotInstalledError is the error if no installed package has or provides Name.
type NotInstalledError struct {
	Name string
	// Nearest holds installed names that are similar to Name, the most similar first.
	Nearest []string
}

func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("package %s is not installed", e.Name)
}

// AmbiguousError is the error if several installed packages provide Name.
type AmbiguousError struct {
	Name      string
	Providers []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("package %s is provided by several packages: %s", e.Name, strings.Join(e.Providers, ", "))
}

// find returns the package for NAME, NAME:ARCH, for rpm also NAME.ARCH, or a provided
// name, which may contain a colon (so:libz.so.1).
func (db *DB) find(name string) (*record, error) {
	base, arch, _ := strings.Cut(name, ":")
	if p := db.exact(base, arch); p != nil {
		return p, nil
	}
	if i := strings.LastIndexByte(name, '.'); db.kind == RPM && i > 0 {
		if p := db.exact(name[:i], name[i+1:]); p != nil {
			return p, nil
		}
	}
	by := db.providing(name, "")
	if len(by) == 0 {
		by = db.providing(base, arch)
	}
	switch len(by) {
	case 0:
		return nil, &NotInstalledError{name, db.nearest(base)}
	case 1:
		return by[0], nil
	}
	names := make([]string, len(by))
	for i, p := range by {
		names[i] = p.Name
	}
	return nil, &AmbiguousError{name, slices.Compact(names)}
}

// exact finds a package by its own name. Of several architectures, that of the package
// manager itself is preferred, as apt does.
func (db *DB) exact(name, arch string) *record {
	i, _ := slices.BinarySearchFunc(db.pkgs, name, func(p *record, name string) int { return strings.Compare(p.Name, name) })
	var first *record
	for _, p := range db.pkgs[i:] {
		switch {
		case p.Name != name:
			return first
		case arch != "" && !matchArch(p.Arch, arch):
		case p.native:
			return p
		case first == nil:
			first = p
		}
	}
	return first
}

// matchArch reports whether a package's architecture is the requested one. "any" means
// every architecture, as in Debian's dependencies.
func matchArch(have, want string) bool { return have == want || want == "any" }

// providing returns the packages that provide name.
func (db *DB) providing(name, arch string) []*record {
	var out []*record
	for _, p := range db.pkgs {
		if slices.Contains(p.provides, name) && (arch == "" || matchArch(p.Arch, arch)) {
			out = append(out, p)
		}
	}
	if same := slices.CompactFunc(slices.Clone(out), func(a, b *record) bool { return a.Name == b.Name }); len(same) == 1 {
		for _, p := range out {
			if p.native {
				return []*record{p}
			}
		}
		return same
	}
	return out
}

const (
	maxNearest = 3   // the maximum number of names in a NotInstalledError
	maxName    = 128 // the maximum length of a name that is compared with others
)

// nearest returns installed names that are similar to name or contain it.
func (db *DB) nearest(name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	if len(name) > maxName {
		return nil
	}
	for _, p := range db.pkgs {
		if len(p.Name) > maxName {
			continue
		}
		d := levenshtein.ComputeDistance(name, p.Name)
		switch {
		case d <= max(1, min(len(name), len(p.Name))/3):
			near = append(near, candidate{p.Name, d})
		case len(name) >= 3 && strings.HasPrefix(p.Name, name), len(p.Name) >= 3 && strings.HasPrefix(name, p.Name+"-"):
			// redis for redis-server: more likely than a name with several differences
			near = append(near, candidate{p.Name, 2})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	var out []string
	for _, c := range near {
		if !slices.Contains(out, c.name) && len(out) < maxNearest {
			out = append(out, c.name)
		}
	}
	return out
}
