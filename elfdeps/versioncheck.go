package elfdeps

import (
	"errors"
	"slices"
)

// checkVersions holds each symbol version that a loaded object requires
// against what the object found under the library's name defines
// (§12; _dl_check_map_versions in dl-version.c). A library without any versions is
// only worth a warning to the loader.
func (g *glibc) checkVersions() {
	for _, l := range g.loaded {
		if l.file == nil {
			continue
		}
		if why := l.file.dyn.badVers; why != "" {
			g.c.addError(&FatalError{l.obj.Path, "symbol versions", l.obj.Path, errors.New(why)})
		}
		for i := range l.file.dyn.verneed {
			g.checkVersion(l, &l.file.dyn.verneed[i])
		}
	}
}

func (g *glibc) checkVersion(l *linkMap, v *verneed) {
	of := g.named(v.file)
	switch {
	case of == nil && g.failed[v.file]:
		return
	case of == nil:
		g.c.addError(&FatalError{l.obj.Path, v.file, l.obj.Path, errInconsist})
		return
	case of.file == nil || of.file == v.metBy.Load():
		return
	}
	if of.file.dyn.hasDefs && !g.defines(of, l, v) {
		return
	}
	v.metBy.Store(of.file)
}

// defines reports whether all versions of v are defined by the object of.
func (g *glibc) defines(of, by *linkMap, v *verneed) bool {
	all := true
	for _, version := range v.versions {
		if !of.file.dyn.definesVersion(version) {
			all = false
			if g.cost.versions++; g.cost.versions > maxVersionErrors*g.cost.shares {
				return false // there are as many as are told
			}
			g.c.addError(&VersionError{version.name, v.file, by.obj.Path, of.obj.Path})
		}
	}
	return all
}

// definesVersion reports whether v is among the versions that the object
// defines.
func (d *dynamicInfo) definesVersion(v version) bool {
	if d.verdefs != nil {
		return d.verdefs[v]
	}
	return slices.Contains(d.verdef, v)
}

// named finds the first loaded object that was asked for by name: a
// DT_SONAME alone does not count here (§12; find_needed, _dl_name_match_p).
func (g *glibc) named(name string) *linkMap {
	if l := g.byName[name]; l != nil && (l.name == name || slices.Contains(l.names, name)) {
		return l
	}
	for _, l := range g.loaded {
		if l.name == name || slices.Contains(l.names, name) {
			return l
		}
	}
	return nil
}
