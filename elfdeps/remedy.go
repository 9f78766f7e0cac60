package elfdeps

import (
	"cmp"
	"debug/elf"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// DataFile is a file that a loader reads.
type DataFile struct {
	Path string
	Data []byte
}

// remedies are the loaders' files that bring back what a Transplant lost: for
// glibc an ld.so.cache with just the names that need one, for musl a .path file
// with more directories. They are never the source's own: its cache may name
// variants that stayed behind, and hides the plain libraries beside them then.
type remedies struct {
	source, image *session
	caches        map[string]*cachePlan // by path
	paths         map[string]string     // the text of .path files, by path
}

// cachePlan is an ld.so.cache in the making.
type cachePlan struct {
	machine elf.Machine
	data    elf.Data
	entries map[ldcache.Entry]string // paths by all the rest
}

// Files returns the files that the image needs for what Compare took for
// mended, sorted by path; none when its loaders find everything as it is.
func (t *Transplant) Files() []DataFile {
	var files []DataFile
	for at, plan := range t.mend.caches {
		files = append(files, DataFile{at, plan.bytes()})
	}
	for at, text := range t.mend.paths {
		files = append(files, DataFile{at, []byte(text)})
	}
	slices.SortFunc(files, func(a, b DataFile) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

func (p *cachePlan) bytes() []byte {
	var entries []ldcache.Entry
	for e, at := range maps.All(p.entries) {
		e.Path = at
		entries = append(entries, e)
	}
	return ldcache.Marshal(entries, p.machine, p.data)
}

// cacheFor gives the loader the cache that is planned for it.
func (r *remedies) cacheFor(st *start) {
	if plan := r.caches[st.loader.cache]; plan != nil {
		st.loader.cacheFile = &opened{path: st.loader.cache}
		st.loader.ldcache = ldcache.Parse(plan.bytes(), st.loader.ABI)
	}
}

// systemPath is the .path file that musl's loader will have in the image, when
// that is not what the image has already: the planned one, or the source's.
func (r *remedies) systemPath(st *start) (text string, ok bool) {
	if text, ok = r.paths[st.path]; ok {
		return text, true
	}
	if r.image.exists(st.path) || !r.source.exists(st.path) {
		return "", false
	}
	return r.source.pathText(st), true
}

// learn plans for what was lost in a start; false when there is nothing new.
func (r *remedies) learn(a *start, lost []*LostError) bool {
	learned := false
	for _, l := range lost {
		if strings.Contains(l.Name, "/") || !mendable(l.Source.Rule) || !r.image.exists(l.Source.Path) {
			continue
		}
		if a.loader.musl {
			learned = r.learnPath(a, path.Dir(l.Source.Path)) || learned
		} else {
			learned = r.learnCache(a, l) || learned
		}
	}
	return learned
}

// mendable reports whether a rule depends on the system and not on a search
// list inside a file, which moves or stays with the file.
func mendable(rule Rule) bool {
	switch rule {
	case RuleCache, RuleLibraryPath, RuleDefault, RuleMuslPath, RulePreload:
		return true
	}
	return false
}

// learnPath plans one more directory for musl's .path file. A file that
// somebody else put into the image stays as it is.
func (r *remedies) learnPath(a *start, dir string) bool {
	text, planned := r.paths[a.path]
	if !planned {
		if r.image.exists(a.path) {
			return false
		}
		text = r.source.pathText(a)
	}
	elems := splitPath(text, text)
	if strings.ContainsAny(dir, ":\n\x00") || slices.ContainsFunc(elems, func(e pathElem) bool { return e.dir == dir }) {
		return false
	}
	var lines strings.Builder
	for _, e := range append(elems, pathElem{dir: dir}) {
		lines.WriteString(e.dir + "\n")
	}
	if r.paths == nil {
		r.paths = make(map[string]string)
	}
	r.paths[a.path] = lines.String()
	return true
}

// learnCache plans cache entries for a name: what every processor, from the
// oldest on, finds by it at the source, as far as a better one finds another.
// A cache that somebody else put into the image stays as it is.
func (r *remedies) learnCache(a *start, l *LostError) bool {
	if r.image.exists(a.loader.cache) {
		return false
	}
	learned := false
	have := ""
	for i := len(a.runs) - 1; i >= 0; i-- {
		at := foundAt(a.runs[i], l)
		if at == "" || at == have || !r.image.exists(at) {
			continue
		}
		e := ldcache.Entry{Name: l.Name, Flags: ldcache.Flags(a.loader.ABI)[0]}
		// What only better processors ask for is no secret to the others.
		if levels := a.levels(i); len(levels) > 0 && (have != "" || strings.Contains(at, "/glibc-hwcaps/")) {
			e.Level = levels[0]
		}
		have = at
		learned = r.plan(a.loader).add(e, at) || learned
	}
	return learned
}

// plan returns the plan of a loader's cache.
func (r *remedies) plan(l *loader) *cachePlan {
	if r.caches == nil {
		r.caches = make(map[string]*cachePlan)
	}
	p := r.caches[l.cache]
	if p == nil {
		p = &cachePlan{machine: l.Machine, data: l.Data, entries: make(map[ldcache.Entry]string)}
		r.caches[l.cache] = p
	}
	return p
}

// add plans an entry; false when the name is taken.
func (p *cachePlan) add(e ldcache.Entry, at string) bool {
	if _, taken := p.entries[e]; taken {
		return false
	}
	p.entries[e] = at
	return true
}

// foundAt is the path at which one run of the source finds the name that was
// lost: for the object that lost it, else for the first that asks.
func foundAt(c *Closure, l *LostError) string {
	first := ""
	for _, o := range c.Objects {
		for _, e := range o.Needed {
			if e.Name != l.Name || e.To == nil || !mendable(e.Rule) {
				continue
			}
			if o.Path == l.from {
				return e.Path
			}
			if first == "" {
				first = e.Path
			}
		}
	}
	return first
}
