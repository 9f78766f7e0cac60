package doctor

import (
	"cmp"
	"context"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// needBasis is what needs depend on other than the objects.
type needBasis struct {
	libc    string                   // "glibc" or "musl", "" if nothing is linked dynamically
	env     func(name string) string // the environment of the image
	configs bool                     // the image has configuration files
	deep    map[string]bool          // the paths of libraries that only other libraries need
}

// findNeeds returns the need of the highest degree for each group, among equal ones
// that of the first object.
func (d *Doctor) findNeeds(ctx context.Context, in Input) (map[string]*Need, error) {
	best := map[string]*Need{}
	if !in.Groups.Auto {
		return best, nil
	}
	var all []evidence
	for _, o := range in.Objects {
		facts, err := d.factsOf(ctx, o)
		if err != nil {
			return nil, err
		}
		all = append(all, facts.evidence)
	}
	for _, n := range needsOf(all, needBasis{in.Libc.Kind, in.Env, len(in.Configs) > 0, deepLibraries(in.Objects)}) {
		if best[n.Group] == nil {
			best[n.Group] = &n
		}
	}
	return best, nil
}

// deepLibraries returns the paths of the libraries that no program and no plugin needs
// itself.
func deepLibraries(objects []Object) map[string]bool {
	deep := map[string]bool{}
	for _, o := range objects {
		deep[o.Path] = o.Kind == elfdeps.Library
	}
	for _, o := range objects {
		if o.Kind == elfdeps.Library {
			continue
		}
		for _, e := range o.Needed {
			if e.To != nil {
				deep[e.To.Path] = false
			}
		}
	}
	return deep
}

// needsOf returns the needs of the objects, one for each group and object. They are
// sorted by the order of needTable, then by degree, highest first, then by object.
func needsOf(objects []evidence, b needBasis) []Need {
	have := map[string]bool{}
	for _, o := range objects {
		have[o.soname] = o.soname != ""
	}
	var found []Need
	for _, o := range objects {
		for _, m := range o.matches {
			if n, ok := m.need(o, b); ok && !have[m.row.unless] {
				found = merge(found, n)
			}
		}
	}
	found = append(found, always(objects, found, b.configs)...)
	slices.SortStableFunc(found, func(a, b Need) int {
		return cmp.Or(cmp.Compare(rank(a.Group), rank(b.Group)), cmp.Compare(b.Degree, a.Degree))
	})
	return found
}

// need returns the need that follows from a match; false if there is none.
func (m match) need(o evidence, b needBasis) (Need, bool) {
	if m.row.libc != "" && m.row.libc != b.libc && !o.static {
		return Need{}, false
	}
	degree := m.degree
	if m.row.deep != 0 && b.deep[o.path] {
		degree = min(degree, m.row.deep)
	}
	for _, name := range m.row.env {
		if v := b.env(name); v != "" && v != "C" && v != "POSIX" {
			degree = Certain
		}
	}
	triggers := slices.Clone(m.triggers) // merge appends to them
	n := Need{Group: m.row.group, Triggers: triggers, In: o.path, Soname: o.soname, Degree: degree}
	n.Does, n.Why = m.row.does, m.row.why
	return n, true
}

// always returns the needs of every image that are not in found: for users and temporary
// directories, which are tiny and may be used without a library function, and with
// configuration files for the modules that these name.
func always(objects []evidence, found []Need, configs bool) (out []Need) {
	if len(objects) == 0 {
		return nil
	}
	all := []Need{
		{Group: "passwd", Why: "the container's user needs a name and a home directory"},
		{Group: "tmp", Why: "programs also create temporary files without the C library"},
	}
	if configs {
		all = append(all, Need{
			Group: "modules", Does: "configuration files name them", Why: "configuration files may name modules",
		})
	}
	for _, n := range all {
		if !slices.ContainsFunc(found, func(f Need) bool { return f.Group == n.Group && f.Degree == Certain }) {
			n.In, n.Soname, n.Degree = objects[0].path, objects[0].soname, Certain
			out = append(out, n)
		}
	}
	return out
}

// merge adds n to found, and merges it with a need of the same group and object.
func merge(found []Need, n Need) []Need {
	for i := range found {
		have := &found[i]
		if have.Group != n.Group || have.In != n.In {
			continue
		}
		if n.Degree > have.Degree {
			n.Triggers = append(n.Triggers, have.Triggers...)
			*have = n
		} else {
			have.Triggers = append(have.Triggers, n.Triggers...)
		}
		return found
	}
	return append(found, n)
}

// rank returns the index of the first row for a group in needTable; a group without a
// row comes last.
func rank(group string) int {
	if i := slices.IndexFunc(needTable, func(r needRow) bool { return r.group == group }); i >= 0 {
		return i
	}
	return len(needTable)
}
