package elfdeps

import (
	"iter"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
)

// variants are the capability subdirectories that a directory has.
type variants struct {
	levels []string                   // glibc-hwcaps subdirectories, any order
	legacy map[string]bool            // first components of legacy ones
	byCPU  map[*ldso.CPU][]*directory // in the order in which a cpu's loader tries them
	all    map[*directory]struct{}    // all that some cpu tries
	unread []*opened                  // what could not be read
}

// variantsOf returns the capability subdirectories of d, for all of the loader's
// cpus. A result is not remembered once the budget is exceeded.
func (p *process) variantsOf(d *directory) *variants {
	if d.variants != nil {
		return d.variants
	}
	v := &variants{}
	if d.err != nil {
		d.variants = v
		return v
	}
	p.findVariants(v, d)
	if len(v.levels)+len(v.legacy) > 0 {
		v.byCPU, v.all = make(map[*ldso.CPU][]*directory), make(map[*directory]struct{})
		for i := range p.loader.CPUs {
			c := &p.loader.CPUs[i]
			v.byCPU[c] = p.subdirsOf(d, v, c)
			for _, sub := range v.byCPU[c] {
				v.all[sub] = struct{}{}
			}
		}
	}
	if p.cost.Probe(0) {
		d.variants = v
	}
	return v
}

// findVariants sets the levels and the first components of legacy subdirectories
// that exist in d.
func (p *process) findVariants(v *variants, d *directory) {
	if len(p.loader.Levels) > 0 && p.isDir(v, d.path+"glibc-hwcaps") {
		for _, name := range p.loader.Levels {
			if p.isDir(v, d.path+"glibc-hwcaps/"+name) {
				v.levels = append(v.levels, name)
			}
		}
	}
	if !p.loader.Legacy() {
		return
	}
	v.legacy = make(map[string]bool)
	for _, name := range p.loader.LegacyNames() {
		if p.isDir(v, d.path+name) {
			v.legacy[name] = true
		}
	}
}

// isDir reports whether there is a directory at path, in which v's variants
// are looked for. What exists counts in the budget.
func (p *process) isDir(v *variants, path string) bool {
	o := p.s.open(path)
	if o.unread != nil {
		v.unread = append(v.unread, o)
	}
	return o.err == nil && p.cost.Probe(len(path)) && o.node.Info.IsDir()
}

// subdirsOf lists the subdirectories of d that exist and that a loader on c
// tries, in its order (§10; _dl_important_hwcaps in dl-hwcaps.c): the levels, then,
// up to 2.36, the legacy ones.
func (p *process) subdirsOf(d *directory, v *variants, c *ldso.CPU) []*directory {
	var out []*directory
	for _, name := range c.Levels {
		if slices.Contains(v.levels, name) {
			out = append(out, p.directory(d.name+"glibc-hwcaps/"+name+"/"))
		}
	}
	if len(v.legacy) == 0 {
		return out
	}
	for first, path := range legacyPaths(c) {
		if !v.legacy[first] {
			continue
		}
		if sub := p.directory(d.name + path); sub.err == nil && !slices.Contains(out, sub) {
			out = append(out, sub)
		}
	}
	return out
}

// legacyPaths yields the legacy subdirectories that a loader on c tries, in its
// order, each with its first component: every combination of platform, AT_HWCAP
// names and "tls".
func legacyPaths(c *ldso.CPU) iter.Seq2[string, string] {
	names := slices.Clone(c.Names)
	if c.Platform != "" {
		names = append(names, c.Platform)
	}
	names = append(names, "tls")
	slices.Reverse(names)
	return func(yield func(first, path string) bool) {
		for set := 1<<len(names) - 1; set > 0; set-- {
			var path []string
			for i, name := range names {
				if set>>(len(names)-1-i)&1 != 0 {
					path = append(path, name)
				}
			}
			if !yield(path[0], strings.Join(path, "/")+"/") {
				return
			}
		}
	}
}

// varies reports whether name exists in a capability subdirectory, so that the
// result depends on the cpu.
func (p *process) varies(v *variants, name string) bool {
	for sub := range v.all {
		if o := p.probe(sub, name); o.err == nil || !absent(o.err) {
			return true
		}
	}
	return false
}
