package elfdeps

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/tokens"
)

// hit is the result of a search: a file that can be loaded, or an error at which
// the loader stops.
type hit struct {
	o       *opened
	name    string // as the loader writes it: relative in a relative directory
	rule    Rule
	element string
	ofPath  string // Path of the object whose list has the element
	fatal   error
}

// absent reports whether open_path (dl-load.c) takes an error of open to mean that
// the file does not exist.
func absent(err error) bool { return err == syscall.ENOENT || err == syscall.EACCES } //nolint:errorlint // an errno

// errText returns the text of the error at a place.
func errText(err error) string { return err.Error() }

// pathOf returns the path by which a name with a slash is opened. The tokens of a
// name in a dynamic segment are expanded twice: by expand_dst (dl-deps.c) and by
// _dl_map_object, which makes a difference for a directory called "$LIB".
func (g *glibc) pathOf(r request) (string, bool) {
	if !r.dep || !strings.Contains(r.name, "$") {
		return r.name, true
	}
	return g.tokens(r.by).Expand(r.name)
}

// direct opens a name with a slash, as it is.
func (g *glibc) direct(r request) hit {
	name, ok := g.pathOf(r)
	if !ok {
		return hit{}
	}
	o := g.open(name)
	if o.err == errTooMany { //nolint:errorlint // never wrapped here
		return hit{fatal: errTooMany}
	}
	v, why := g.try(o)
	switch v {
	case ldso.Fits:
		return hit{o: o, name: name, rule: RuleAbsolute}
	case ldso.Fatal:
		return hit{fatal: &FatalError{o.path, name, g.main.obj.Path, why}}
	}
	return hit{}
}

// try opens and checks a candidate.
func (g *glibc) try(o *opened) (ldso.Verdict, error) {
	if o.err != nil {
		return ldso.Skip, o.err
	}
	if o.node.Info.IsDir() {
		return ldso.Fatal, fmt.Errorf("cannot be read: %w", syscall.EISDIR)
	}
	if !o.node.Info.Mode().IsRegular() {
		return ldso.Fatal, errNotELF
	}
	f := g.s.load(o)
	switch {
	case f.openErr != nil:
		return ldso.Skip, f.openErr
	case f.Err != nil:
		return ldso.Fatal, f.Err
	}
	return g.loader.Check(f.Info, g.file.Info)
}

// search looks for a name without a slash (§6; _dl_map_object in dl-load.c).
func (g *glibc) search(r request) hit { return g.searchAll(r, nil) }

// tried lists the places where r was not found.
func (g *glibc) tried(r request) *trail {
	t := &trail{cost: &g.cost}
	if !strings.Contains(r.name, "/") {
		g.searchAll(r, t)
		return t
	}
	name, _ := g.pathOf(r)
	o := g.open(name)
	if _, why := g.try(o); why != nil {
		t.add(RuleAbsolute, o.path, "", why)
	}
	return t
}

// searchAll is search, and adds to t the places where it looks.
func (g *glibc) searchAll(r request, t *trail) hit {
	h, found := g.inRpaths(r, t)
	if !found && g.s.r.LibraryPath != "" && !g.atSecure() {
		list := g.list(g.main, g.s.r.LibraryPath, ":;")
		h, found = g.inList(list, r, hit{rule: RuleLibraryPath}, t)
	}
	if !found && r.by.file.Dynamic.HasRunpath {
		h, found = g.inList(g.runpath(r.by), r, hit{rule: RuleRunpath, ofPath: r.by.obj.Path}, t)
	}
	if !found && (!r.suid || !g.atSecure()) {
		h, found = g.inCache(r, t)
	}
	if !found && r.by.file.Dynamic.Flags1&elf.DF_1_NODEFLIB == 0 {
		h, _ = g.inList(g.loader.defaults, r, hit{rule: RuleDefault}, t)
	}
	return h
}

// inRpaths looks in the DT_RPATH of the requester, of the first object that needed
// it, and so on, and at last in the program's. It looks nowhere when the requester
// has a DT_RUNPATH, even an empty one.
func (g *glibc) inRpaths(r request, t *trail) (hit, bool) {
	if r.by.file.Dynamic.HasRunpath {
		return hit{}, false
	}
	main := false
	for p := r.by; p != nil; p = p.loader {
		if !p.usesRpath() {
			continue
		}
		if h, found := g.inList(g.rpath(p), r, hit{rule: RuleRpath, ofPath: p.obj.Path}, t); found {
			return h, true
		}
		main = main || p == g.main
	}
	switch {
	case !main && g.main.usesRpath():
		return g.inList(g.rpath(g.main), r, hit{rule: RuleRpath, ofPath: g.main.obj.Path}, t)
	case g.audit && g.main.file.Dynamic.HasRunpath: // "for LD_AUDIT dlopen call"
		return g.inList(g.runpath(g.main), r, hit{rule: RuleRunpath, ofPath: g.main.obj.Path}, t)
	}
	return hit{}, false
}

// usesRpath reports whether the object has a DT_RPATH that is used: a DT_RUNPATH
// beside it replaces it.
func (l *linkMap) usesRpath() bool {
	return l.file.Dynamic.HasRpath && !l.file.Dynamic.HasRunpath
}

func (g *glibc) rpath(l *linkMap) *dirList {
	if l.rpath == nil {
		l.rpath = g.list(l, l.file.Dynamic.Rpath, ":")
	}
	return l.rpath
}

func (g *glibc) runpath(l *linkMap) *dirList {
	if l.runpath == nil {
		l.runpath = g.list(l, l.file.Dynamic.Runpath, ":")
	}
	return l.runpath
}

// list splits a search list whose tokens are those of l.
func (g *glibc) list(l *linkMap, text, seps string) *dirList {
	key, tok := listKey{list: text, seps: seps, loader: g.loader}, &tokens.Values{}
	if strings.Contains(text, "$") {
		tok = g.tokens(l)
		key.secure, key.main, key.origin, key.platform = g.atSecure(), l == g.main, tok.Origin, tok.Platform
	}
	if g.cost.TooManyListed() {
		return &dirList{} // which inList does not look into
	}
	list := g.s.list(key, tok)
	if !list.counted {
		list.counted = true
		g.cost.List(len(list.elems))
	}
	return list
}

// inList tries the directories of a list in turn, and in each its capability
// subdirectories first (§6; open_path in dl-load.c). Also found is a
// file at which the loader stops.
func (g *glibc) inList(list *dirList, r request, as hit, t *trail) (hit, bool) {
	g.differ.platform = g.differ.platform || list.platform
	if g.cost.TooManyListed() {
		return hit{fatal: errTooMany}, true
	}
	for i := range list.elems {
		e := &list.elems[i]
		dir := g.listed(e)
		switch {
		case !g.cost.Step() || dir == nil:
			return hit{fatal: errTooMany}, true
		case dir.err != nil && !dir.relative():
			g.s.note(&dir.none)
			t.add(as.rule, dir.path, r.name, dir.err)
			continue
		}
		as.element = e.raw
		for _, d := range g.subdirs(dir, r.name) {
			if h, found, _ := g.inDir(d, r, as, t); found {
				return h, true
			}
		}
		h, found, err := g.inDir(dir, r, as, t)
		if found {
			return h, true
		}
		if err != nil && !g.goesOn(err) { // the loader ignores the rest of the list
			return hit{}, false
		}
	}
	return hit{}, false
}

// listed returns the directory of an element, nil when the budget is exceeded.
func (p *process) listed(e *listElem) *directory {
	if e.dir == nil {
		d := p.directory(e.name)
		if d.err == errTooMany { //nolint:errorlint // never wrapped here
			return nil
		}
		e.dir = d
	}
	return e.dir
}

// goesOn reports whether the search goes on in the next directory after err.
func (g *glibc) goesOn(err error) bool {
	return absent(err) || err == syscall.ENOTDIR && g.loader.Version >= 239 //nolint:errorlint // an errno
}

// subdirs lists the capability subdirectories of d in which the cpu's loader
// looks for name.
func (g *glibc) subdirs(d *directory, name string) []*directory {
	v := g.variantsOf(d)
	for _, o := range v.unread {
		g.s.note(o)
	}
	if len(v.all) == 0 {
		return nil
	}
	if (!g.differ.levels || !g.differ.platform) && g.varies(v, name) {
		g.differ.levels = true
		g.differ.platform = g.differ.platform || len(v.legacy) > 0
	}
	return v.byCPU[g.cpu]
}

// inDir tries the file called r.name in d. An error is the errno of its open.
func (g *glibc) inDir(d *directory, r request, as hit, t *trail) (h hit, found bool, err error) {
	o := g.probe(d, r.name)
	if o.err == errTooMany { //nolint:errorlint // never wrapped here
		return hit{fatal: errTooMany}, true, nil
	}
	v, why := g.try(o)
	if v == ldso.Fits && r.suid && o.node.Info.Mode()&fs.ModeSetuid == 0 && g.atSecure() {
		v, why = ldso.Skip, errNotSuid
	}
	switch v {
	case ldso.Fits:
		as.o, as.name = o, d.name+r.name
		return as, true, nil
	case ldso.Fatal:
		as.fatal = &FatalError{o.path, r.name, r.by.obj.Path, why}
		return as, true, nil
	}
	t.add(as.rule, d.path, r.name, why)
	if o.err != nil {
		return hit{}, false, o.err
	}
	return hit{}, false, nil
}

// inCache looks in ld.so.cache. It yields one path; if there is no usable file, no
// other entry is tried.
func (g *glibc) inCache(r request, t *trail) (hit, bool) {
	cache := g.cache()
	if cache == nil {
		return hit{}, false
	}
	entries, legacy := cache.Lookup(r.name), g.loader.Legacy()
	if entries.Vary(legacy) {
		g.differ = difference{true, true}
	}
	processor := g.cpu.Processor(legacy)
	name, ok := cache.Choose(entries, &processor)
	if !ok {
		return hit{}, false
	}
	if r.by.file.Dynamic.Flags1&elf.DF_1_NODEFLIB != 0 {
		for _, d := range g.loader.Dirs {
			if strings.HasPrefix(name, d) {
				return hit{}, false
			}
		}
	}
	o := g.open(name)
	if o.err == errTooMany { //nolint:errorlint // never wrapped here
		return hit{fatal: errTooMany}, true
	}
	v, why := g.try(o)
	switch v {
	case ldso.Fits:
		return hit{o: o, name: name, rule: RuleCache, element: name}, true
	case ldso.Fatal:
		return hit{fatal: &FatalError{o.path, r.name, r.by.obj.Path, why}}, true
	}
	t.add(RuleCache, o.path, "", why)
	return hit{}, false
}
