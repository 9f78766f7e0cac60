package relocate

import (
	"cmp"
	"debug/elf"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// DataFile is a file that a loader reads.
type DataFile struct {
	Path string
	Data []byte
}

// plan holds the loader's files that bring back what is lost: for glibc an
// ld.so.cache with just the names that need one, for musl a .path file with more
// directories. They are never the source's own: its cache may name variants that
// are not in the image, and would hide the plain libraries beside them.
type plan struct {
	caches map[string]*cachePlan // by path
	paths  map[string]string     // the text of .path files, by path
}

// cachePlan is an ld.so.cache that is being put together.
type cachePlan struct {
	machine elf.Machine
	data    elf.Data
	entries map[ldcache.Entry]string // paths by everything else
	bytes   []byte                   // the file, nil when it has to be made again
}

// Files returns the loader's files that the image needs, so that what Compare
// counted as found is found. They are sorted by path; there are none when its
// loaders find everything as it is.
func (c *Comparison) Files() []DataFile {
	var files []DataFile
	for at, p := range c.plan.caches {
		files = append(files, DataFile{at, p.marshal()})
	}
	for at, text := range c.plan.paths {
		files = append(files, DataFile{at, []byte(text)})
	}
	slices.SortFunc(files, func(a, b DataFile) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

// loaderFiles returns the files that the image's loader will find: those that are
// planned and the source's .path file, which the caller puts into the image.
func (c *Comparison) loaderFiles(source *elfdeps.Start) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range c.Files() {
		files[f.Path] = f.Data
	}
	at := source.Loader.PathFile
	if _, planned := files[at]; !planned && source.Loader.Musl && !c.exists(c.Image, at) && c.exists(c.Source, at) {
		files[at] = []byte(source.Loader.SystemPath)
	}
	return files
}

// planFor plans for what was lost in a start, and reports whether the plan
// changed.
func (c *Comparison) planFor(source *elfdeps.Start, lost []*LostError) bool {
	changed := false
	for _, l := range lost {
		if strings.Contains(l.Name, "/") || !bySystem(l.Source.Rule) || !c.exists(c.Image, l.Source.Path) {
			continue
		}
		if source.Loader.Musl {
			changed = c.planPath(source.Loader, path.Dir(l.Source.Path)) || changed
		} else {
			changed = c.planCache(source, l) || changed
		}
	}
	return changed
}

// bySystem reports whether a rule depends on the system and not on a search list
// inside a file, which moves or stays with the file.
func bySystem(rule elfdeps.Rule) bool {
	switch rule {
	case elfdeps.RuleCache, elfdeps.RuleLibraryPath, elfdeps.RuleDefault, elfdeps.RuleMuslPath, elfdeps.RulePreload:
		return true
	}
	return false
}

// planPath plans one more directory for musl's .path file. A file that
// the image already has stays as it is.
func (c *Comparison) planPath(l *elfdeps.Loader, dir string) bool {
	text, planned := c.plan.paths[l.PathFile]
	if !planned {
		if c.exists(c.Image, l.PathFile) {
			return false
		}
		text = l.SystemPath
	}
	dirs := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '\n' })
	if strings.ContainsAny(dir, ":\n\x00") || slices.Contains(dirs, dir) {
		return false
	}
	if c.plan.paths == nil {
		c.plan.paths = make(map[string]string)
	}
	c.plan.paths[l.PathFile] = strings.Join(append(dirs, dir), "\n") + "\n"
	return true
}

// planCache plans cache entries for a name: the file that the oldest processor
// finds at the source, and for each better one the file that it finds if that is
// another. A cache that the image already has stays as it is.
func (c *Comparison) planCache(source *elfdeps.Start, l *LostError) bool {
	if c.exists(c.Image, source.Loader.Cache) {
		return false
	}
	changed := false
	have := ""
	for _, run := range slices.Backward(source.Runs) {
		at := foundAt(run.Closure, l)
		if at == "" || at == have || !c.exists(c.Image, at) {
			continue
		}
		e := ldcache.Entry{Name: l.Name, Flags: ldcache.Flags(source.Loader.ABI)[0]}
		// A file below glibc-hwcaps is only for the processors of a level, and so is
		// every one after that for the oldest processor.
		if len(run.Levels) > 0 && (have != "" || strings.Contains(at, "/glibc-hwcaps/")) {
			e.Level = run.Levels[0]
		}
		have = at
		changed = c.plan.cache(source.Loader).add(e, at) || changed
	}
	return changed
}

// cache returns the plan of a loader's cache.
func (p *plan) cache(l *elfdeps.Loader) *cachePlan {
	if p.caches == nil {
		p.caches = make(map[string]*cachePlan)
	}
	c := p.caches[l.Cache]
	if c == nil {
		c = &cachePlan{machine: l.Machine, data: l.Data, entries: make(map[ldcache.Entry]string)}
		p.caches[l.Cache] = c
	}
	return c
}

// add plans an entry, and reports whether its name was free.
func (p *cachePlan) add(e ldcache.Entry, at string) bool {
	if _, taken := p.entries[e]; taken {
		return false
	}
	p.entries[e] = at
	p.bytes = nil
	return true
}

// marshal returns the file.
func (p *cachePlan) marshal() []byte {
	if p.bytes == nil {
		var entries []ldcache.Entry
		for e, at := range p.entries {
			e.Path = at
			entries = append(entries, e)
		}
		p.bytes = ldcache.Marshal(entries, p.machine, p.data)
	}
	return p.bytes
}

// foundAt returns the path at which one run of the source finds the name that was
// lost: for the object that lost it, else for the first that needs it.
func foundAt(c *elfdeps.Closure, l *LostError) string {
	first := ""
	for _, o := range c.Objects {
		for _, e := range o.Needed {
			if e.Name != l.Name || e.To == nil || !bySystem(e.Rule) {
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
