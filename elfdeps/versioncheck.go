package elfdeps

import (
	"errors"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// checkVersions checks each symbol version that a loaded object requires against
// those that the object found under the library's name defines
// (§12; _dl_check_map_versions in dl-version.c). The loader only
// warns of a library without any versions.
func (g *glibc) checkVersions() {
	for _, l := range g.loaded {
		if l.file == nil {
			continue
		}
		if why := l.file.Dynamic.Versions.Unsupported; why != "" {
			g.c.addError(&FatalError{l.obj.Path, "symbol versions", l.obj.Path, errors.New(why)})
		}
		for i := range l.file.Dynamic.Versions.Required {
			g.checkVersion(l, i)
		}
	}
}

// checkVersion checks what l requires of library number i in its table.
func (g *glibc) checkVersion(l *linkMap, i int) {
	v, metBy := &l.file.Dynamic.Versions.Required[i], &l.file.metBy[i]
	of := g.named(v.File)
	switch {
	case of == nil && g.failed[v.File]:
		return
	case of == nil:
		g.c.addError(&FatalError{l.obj.Path, v.File, l.obj.Path, errInconsist})
		return
	case of.file == nil || of.file == metBy.Load():
		return
	}
	if of.file.Dynamic.Versions.HasDefinitions && !g.defines(of, l, v) {
		return
	}
	metBy.Store(of.file)
}

// defines reports whether all versions of v are defined by the object of.
func (g *glibc) defines(of, by *linkMap, v *elffile.VersionNeed) bool {
	all := true
	for _, version := range v.Versions {
		if !of.file.Dynamic.Versions.Defines(version) {
			all = false
			if !g.cost.Version() {
				return false // as many are reported as may be
			}
			g.c.addError(&VersionError{version.Name, v.File, by.obj.Path, of.obj.Path})
		}
	}
	return all
}

// named returns the first loaded object that was requested by name: a DT_SONAME
// alone does not count here (§12; find_needed, _dl_name_match_p).
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
