package elfdeps

import "slices"

// variants are the capability subdirectories that exist below a directory.
type variants struct {
	levels []string                // glibc-hwcaps subdirectories, any order
	legacy map[string]bool         // first components of legacy ones
	byCPU  map[*cpu][]*directory   // in the order in which a cpu's loader tries them
	all    map[*directory]struct{} // every one that some cpu tries
	unread []*opened               // what could not be looked at
}

// variantsOf looks which capability subdirectories exist in d, for any of l's
// cpus; nil when there is none.
func (s *session) variantsOf(d *directory, l *loader) *variants {
	if d.variants != nil {
		return d.variants
	}
	v := &variants{}
	d.variants = v
	if d.err != nil {
		return v
	}
	if len(l.levels) > 0 && s.isDir(v, d.path+"glibc-hwcaps") {
		for _, name := range l.levels {
			if s.isDir(v, d.path+"glibc-hwcaps/"+name) {
				v.levels = append(v.levels, name)
			}
		}
	}
	if l.legacy() {
		v.legacy = make(map[string]bool)
		for _, name := range l.legacyNames() {
			if s.isDir(v, d.path+name) {
				v.legacy[name] = true
			}
		}
	}
	if len(v.levels) == 0 && len(v.legacy) == 0 {
		return v
	}
	v.byCPU, v.all = make(map[*cpu][]*directory), make(map[*directory]struct{})
	for i := range l.cpus {
		c := &l.cpus[i]
		v.byCPU[c] = s.subdirs(d, v, c)
		for _, sub := range v.byCPU[c] {
			v.all[sub] = struct{}{}
		}
	}
	return v
}

// isDir reports whether there is a directory at path, in which v's variants
// are looked for.
func (s *session) isDir(v *variants, path string) bool {
	o := s.open(path)
	if o.unread != nil {
		v.unread = append(v.unread, o)
	}
	return o.err == nil && o.node.Info.IsDir()
}

// subdirs lists the subdirectories of d that exist and that a loader on c
// tries, in its order (§10; _dl_important_hwcaps in dl-hwcaps.c): the levels, then,
// up to 2.36, each combination of platform, AT_HWCAP names and "tls".
func (s *session) subdirs(d *directory, v *variants, c *cpu) []*directory {
	var out []*directory
	for _, name := range c.levels {
		if slices.Contains(v.levels, name) {
			out = append(out, s.directory(d.name+"glibc-hwcaps/"+name+"/"))
		}
	}
	if len(v.legacy) == 0 {
		return out
	}
	names := slices.Clone(c.names)
	if c.platform != "" {
		names = append(names, c.platform)
	}
	names = append(names, "tls")
	for set := 1<<len(names) - 1; set > 0; set-- {
		path, first := "", ""
		for i := len(names) - 1; i >= 0; i-- {
			if set>>i&1 == 0 {
				continue
			}
			if first == "" {
				first = names[i]
			}
			path += names[i] + "/"
		}
		if !v.legacy[first] {
			continue
		}
		if sub := s.directory(d.name + path); sub.err == nil && !slices.Contains(out, sub) {
			out = append(out, sub)
		}
	}
	return out
}

// legacyNames are the names that a legacy subdirectory can begin with.
func (l *loader) legacyNames() []string {
	if l.legacyFirst == nil {
		l.legacyFirst = []string{"tls"}
		for _, c := range l.cpus {
			for _, name := range append(slices.Clone(c.names), c.platform) {
				if name != "" && !slices.Contains(l.legacyFirst, name) {
					l.legacyFirst = append(l.legacyFirst, name)
				}
			}
		}
	}
	return l.legacyFirst
}

// legacy tells whether the loader knows legacy subdirectories: glibc removed
// them in 2.37 (§17).
func (l *loader) legacy() bool { return l.version > 0 && l.version < 237 || l.version == 0 && l.old }

// varies tells whether name exists in a capability subdirectory, so that the
// answer depends on the cpu.
func (p *process) varies(v *variants, name string) bool {
	for sub := range v.all {
		if o := p.probe(sub, name); o.err == nil || !absent(o.err) {
			return true
		}
	}
	return false
}
