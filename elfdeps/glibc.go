package elfdeps

import (
	"debug/elf"
	"errors"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/budget"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/tokens"
)

// linkMap is an object in a process, as glibc's struct link_map.
type linkMap struct {
	obj    *Object
	file   *elfFile
	name   string   // l_name: the path as the loader wrote it
	names  []string // l_libname: the names by which it was requested
	loader *linkMap // l_loader: the first object that needed it
	origin string   // $ORIGIN, "" before it is needed
	pos    int      // in the list of loaded objects
	queued bool     // its dependencies are loaded or will be
	key    fileKey
	first  [1]string // the first of names, without an allocation

	rpath, runpath *dirList
}

// glibc is one run of ld.so in a namespace of its own.
type glibc struct {
	*process
	cpu    *ldso.CPU
	c      *Closure
	main   *linkMap
	loaded []*linkMap
	byName map[string]*linkMap
	failed map[string]bool // names for which no object was found
	differ difference
	// opening is set from the first dlopen on: files loaded then must allow it.
	opening bool
	audit   bool // the namespace of an audit module
	lost    bool // the audit module lacks a library
}

var (
	errMissing   = errors.New("not found")
	errTooMany   = budget.ErrExceeded
	errNoOpen    = errors.New("it must not be opened with dlopen (DF_1_NOOPEN)")
	errNotSuid   = errors.New("not set-user-ID, which a set-id program requires of a preloaded object")
	errNoTokens  = errors.New("dynamic string tokens are not allowed in set-id programs")
	errInconsist = errors.New("symbol versions are required from it, but no loaded object has that name")
)

// glibcRun resolves the program for one cpu, dlopens names in it and adds what is
// found to c. It returns what the result depended on.
func (p *process) glibcRun(c *Closure, on *ldso.CPU, names []string) difference {
	g := &glibc{process: p, cpu: on, c: &Closure{}, byName: p.s.names}
	clear(g.byName)
	g.start()
	if p.file.HasInterp {
		g.audits()
	}
	queue := []*linkMap{g.main}
	if p.file.HasInterp {
		queue = append(queue, g.preloads()...)
	}
	g.dependencies(queue)
	for _, name := range names {
		g.dlopen(name)
	}
	g.checkVersions()
	c.Merge(g.c)
	return g.differ
}

// start puts the program, the kernel's vdso and ld.so itself into the list
// (§5; dl_main in rtld.c). The identities of the program and of ld.so are never
// recorded, so either file can be loaded once more under another name.
func (g *glibc) start() {
	f := g.file
	g.main = &linkMap{obj: g.object(g.path, f, g.kind), file: f, names: []string{""}}
	if f.HasInterp { // the kernel gives /proc/self/exe, which has no symlinks
		g.main.origin = originOf(g.path.node.Real)
	}
	g.c.addOpened(g.path.path)
	g.c.adopt(g.main.obj)
	g.add(g.main)
	if f.HasInterp {
		g.add(&linkMap{name: ldso.VDSO(f.ABI), queued: true})
	}
	ld := g.loader.file
	rtld := &linkMap{obj: g.object(g.interp, ld, Interpreter), file: ld, names: []string{g.interpName}}
	if f.HasInterp {
		g.opened(rtld, g.interp)
	}
	g.add(rtld)
}

// tokens returns the values that dynamic string tokens have in l.
func (g *glibc) tokens(l *linkMap) *tokens.Values {
	if l.origin == "" {
		l.origin = originOf(l.obj.Path)
	}
	if l.origin == "" { // _dl_new_object leaves "/" whole
		l.origin = "/"
	}
	t := &tokens.Values{Origin: l.origin, Lib: g.loader.Lib, Platform: g.cpu.Platform, Secure: g.atSecure}
	if l == g.main {
		t.Trusted = g.loader.Dirs
	}
	return t
}

// opened adds l's file to the closure, at the path of o.
func (g *glibc) opened(l *linkMap, o *opened) {
	g.c.addOpened(o.path)
	if have := g.c.adopt(l.obj); have != l.obj {
		l.obj = have
	}
}

// add appends l to the list of loaded objects and registers its names: a name
// leads to the first object in the list that has it.
func (g *glibc) add(l *linkMap) {
	l.pos = len(g.loaded)
	g.loaded = append(g.loaded, l)
	g.register(l)
}

// register enters the names of l, by which _dl_map_object finds it.
func (g *glibc) register(l *linkMap) {
	for _, n := range l.names {
		g.name(l, n)
	}
	if l.name != "" {
		g.name(l, l.name)
	}
	if l.file != nil && l.file.Dynamic.Soname != "" {
		g.name(l, l.file.Dynamic.Soname)
	}
}

func (g *glibc) name(l *linkMap, name string) {
	if have := g.byName[name]; have == nil || l.pos < have.pos {
		g.byName[name] = l
	}
}

// byKey finds a loaded object by its file.
func (g *glibc) byKey(key fileKey) *linkMap {
	for _, l := range g.loaded {
		if l.key == key {
			return l
		}
	}
	return nil
}

// addName adds a name to l.
func (g *glibc) addName(l *linkMap, name string) {
	if name != l.name && !slices.Contains(l.names, name) {
		l.names = append(l.names, name)
		g.register(l)
	}
}

// request is a request for an object by its name.
type request struct {
	name   string
	by     *linkMap // whose search lists are used
	parent *linkMap // l_loader of the object, if it is new
	kind   Kind
	suid   bool // only set-user-ID files are accepted: a preload under AT_SECURE
	dep    bool // the dynamic segment of by names it
}

// mapObject finds or loads an object (§5; _dl_map_object in dl-load.c).
func (g *glibc) mapObject(r request) (*linkMap, Edge, error) {
	if l := g.byName[r.name]; l != nil {
		return l, g.edgeToLoaded(r, l), nil
	}
	var h hit
	if strings.Contains(r.name, "/") {
		h = g.direct(r)
	} else {
		h = g.search(r)
	}
	switch {
	case h.fatal != nil:
		return nil, Edge{Name: r.name}, h.fatal
	case h.o == nil:
		return nil, Edge{Name: r.name}, errMissing
	}
	e := Edge{Name: r.name, Path: h.o.path, Rule: h.rule, Element: h.element, Of: h.ofPath}
	l := g.byKey(h.o.key)
	if l != nil { // the file is loaded already, under another name
		g.addName(l, r.name)
		g.c.addOpened(h.o.path)
	} else {
		var err error
		if l, err = g.load(r, h); err != nil {
			return nil, e, err
		}
	}
	e.To = l.obj
	return l, e, nil
}

// edgeToLoaded returns the edge to an object that has the name already.
func (g *glibc) edgeToLoaded(r request, l *linkMap) Edge {
	g.addName(l, r.name)
	e := Edge{Name: r.name, Rule: RuleAlreadyLoaded}
	if l.obj != nil { // the vdso has none
		if l.file == g.loader.file && l.obj.Kind == Interpreter {
			g.opened(l, g.interp)
		}
		e.To, e.Path = l.obj, l.obj.Path
	}
	return e
}

// load loads the file that a search found.
func (g *glibc) load(r request, h hit) (*linkMap, error) {
	why := ldso.Unloadable(h.o.file.Info)
	if why == nil && g.opening && h.o.file.Dynamic.Flags1&elf.DF_1_NOOPEN != 0 {
		why = errNoOpen
	}
	if why != nil {
		return nil, &FatalError{h.o.path, r.name, r.by.obj.Path, why}
	}
	l := &linkMap{obj: g.object(h.o, h.o.file, r.kind), file: h.o.file, name: h.name, loader: r.parent, key: h.o.key}
	l.first[0] = r.name
	l.names = l.first[:]
	g.opened(l, h.o)
	g.add(l)
	return l, nil
}

// job is an entry of the list that dependencies processes.
type job struct {
	l    *linkMap
	done bool
}

// dependencies loads what the objects of queue need, breadth first
// (§5; _dl_map_object_deps in dl-deps.c).
func (g *glibc) dependencies(queue []*linkMap) {
	var jobs []job
	for _, l := range queue {
		if !l.queued {
			l.queued = true
			jobs = append(jobs, job{l: l})
		}
	}
	for i := 0; i < len(jobs); i++ {
		if jobs[i].done {
			continue
		}
		if g.lost || g.ctx.Err() != nil {
			return
		}
		jobs[i].done = true
		filters := g.needs(jobs[i].l, &jobs)
		if len(filters) > 0 { // they come before the object that names them, and are next
			jobs = slices.Insert(jobs, i, filters...)
			i--
		}
	}
}

// needs loads what l needs itself. What is to be loaded after it is appended to
// jobs, what DT_AUXILIARY and DT_FILTER name is returned.
func (g *glibc) needs(l *linkMap, jobs *[]job) (filters []job) {
	if len(l.file.Dynamic.Needed) > 0 && l.obj.Needed == nil {
		l.obj.Needed = make([]Edge, 0, len(l.file.Dynamic.Needed))
	}
	for _, n := range l.file.Dynamic.Needed {
		name, ok := g.needed(l, n)
		if !ok {
			continue
		}
		r := request{name: name, by: l, parent: l, kind: Library, dep: true}
		if !g.cost.Edge() || g.ctx.Err() != nil {
			g.fail(r, errTooMany)
			return filters
		}
		to, e, err := g.mapObject(r)
		if e.Tag = n.Tag; e.Rule == RuleAbsolute && name != n.Name {
			e.Element = n.Name
		}
		if err != nil && n.Tag == elf.DT_AUXILIARY {
			continue
		}
		l.obj.Needed = append(l.obj.Needed, e)
		switch {
		case err != nil:
			g.fail(r, err)
			if g.lost = g.audit; g.lost {
				return nil
			}
		case n.Tag != elf.DT_NEEDED:
			filters = g.queueFilter(to, l, jobs, filters)
		case !to.queued:
			to.queued = true
			*jobs = append(*jobs, job{l: to})
		}
	}
	return filters
}

// queueFilter puts an object that l names by DT_AUXILIARY or DT_FILTER before l, and
// appends it to filters. One that is still in jobs is removed from there; one that
// was processed before stays (_dl_map_object_deps: the object is in the list
// already).
func (g *glibc) queueFilter(to, l *linkMap, jobs *[]job, filters []job) []job {
	if to.queued {
		k := slices.IndexFunc(*jobs, func(j job) bool { return j.l == to && !j.done })
		if k < 0 {
			return filters
		}
		*jobs = slices.Delete(*jobs, k, k+1)
	}
	to.queued = true
	g.moveBefore(to, l)
	return append(filters, job{l: to})
}

// needed expands the tokens in a DT_NEEDED name. It is not ok when one has no
// value: the entry does not count then.
func (g *glibc) needed(l *linkMap, n elffile.Needed) (name string, ok bool) {
	if !strings.Contains(n.Name, "$") {
		return n.Name, true
	}
	g.differ.platform = g.differ.platform || strings.Contains(n.Name, "PLATFORM")
	if name, ok = g.tokens(l).Expand(n.Name); (!ok || name != n.Name) && g.atSecure() {
		g.fail(request{name: n.Name, by: l}, errNoTokens)
		return "", false
	}
	return name, ok
}

// moveBefore puts a filter's object in front of l among the loaded objects.
func (g *glibc) moveBefore(to, l *linkMap) {
	if to.pos < l.pos {
		return
	}
	g.loaded = slices.Insert(slices.Delete(g.loaded, to.pos, to.pos+1), l.pos, to)
	for i, o := range g.loaded {
		o.pos = i
	}
	g.register(to) // objects with the same names come after it now
	g.c.moveBefore(to.obj, l.obj)
}

// fail records that no object was found for a name.
func (g *glibc) fail(r request, err error) {
	if g.failed == nil {
		g.failed = make(map[string]bool)
	}
	g.failed[r.name] = true
	by := r.by.obj.Path
	var fatal *FatalError
	switch {
	case g.cost.IsRepeated(err):
	case errors.Is(err, errMissing):
		t := g.tried(r)
		g.c.addMissing(&MissingError{Name: r.name, NeededBy: by, Tried: t.tried, More: t.more})
	case errors.As(err, &fatal):
		g.c.addError(err)
	default:
		g.c.addError(&FatalError{by, r.name, by, err})
	}
}

// dlopen loads name as the program's own code would: the new object has no
// l_loader, so its dependencies see no search list of the program but its
// DT_RPATH (§5; dl_open_worker in dl-open.c).
func (g *glibc) dlopen(name string) {
	r := request{name: name, by: g.main, kind: Plugin}
	g.opening = true
	if expanded, ok := g.tokens(g.main).Expand(name); ok && strings.Contains(name, "/") {
		r.name = expanded
	}
	l, e, err := g.mapObject(r)
	g.main.obj.Needed = append(g.main.obj.Needed, e)
	if err != nil {
		g.fail(r, err)
		return
	}
	g.dependencies([]*linkMap{l})
}
