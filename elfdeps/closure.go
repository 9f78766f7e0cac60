package elfdeps

import (
	"debug/elf"
	"errors"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// Kind says what part an Object plays.
type Kind string

// The kinds of objects.
const (
	Executable  Kind = "executable"
	Library     Kind = "library"
	Interpreter Kind = "interpreter" // the dynamic loader, named in PT_INTERP
	Plugin      Kind = "plugin"      // loaded by dlopen or as an audit module
	Script      Kind = "script"      // begins with "#!"
)

// Rule says how a name led to a file.
type Rule string

// The rules of the loaders.
const (
	RuleRpath         Rule = "rpath"
	RuleRunpath       Rule = "runpath"
	RuleLibraryPath   Rule = "ld_library_path"
	RuleCache         Rule = "cache"          // ld.so.cache
	RuleDefault       Rule = "default"        // the directories compiled into the loader
	RulePreload       Rule = "preload"        // LD_PRELOAD, ld.so.preload, LD_AUDIT, DT_AUDIT, DT_DEPAUDIT
	RuleAlreadyLoaded Rule = "already-loaded" // the name of an object loaded before, the loader's own included
	RuleAbsolute      Rule = "absolute"       // a name with a slash, which is not searched for
	RuleMuslPath      Rule = "musl-path"      // musl's system path
	RulePath          Rule = "path"           // PATH, in which env looks for what a script names
)

// Closure is what the loader opens for one program or several (§1).
type Closure struct {
	// Objects are the files loaded, in load order: the first program, its
	// interpreter, then its libraries, then the next program.
	Objects []*Object
	// Opened are all paths that the kernel or the loader opens and that an
	// image must have, each once and in order: programs, interpreters,
	// libraries, further names of a library that is already loaded, and the
	// loader's data files (ld.so.preload, musl's .path file) but not
	// ld.so.cache. They are absolute and otherwise as the loader writes them:
	// "/opt/x/bin/../lib/liby.so".
	Opened []string
	// Missing are the libraries that are not found, once for each object that
	// names them.
	Missing []*MissingError
	// Errors are all others: *FatalError, *VersionError, *InterpreterError,
	// *elffile.FormatError, *elffile.KindError, an *fs.PathError for a path that
	// was given, or a *ReadError for a file that could not be read.
	Errors []error

	// Indexes of the slices above, made when these are long.
	byPath  map[string]*Object
	indexed int // how many of Objects are in byPath
	opened  map[string]bool
	missing map[[2]string]bool
	errs    map[string]bool
}

// Object is a file of a Closure.
type Object struct {
	Path     string // absolute, as the loader opens it
	RealPath string // free of symlinks
	Kind     Kind
	Soname   string // DT_SONAME
	Interp   string // PT_INTERP, or the interpreter of a "#!" line
	elffile.ABI
	Type   elf.Type
	Size   int64
	Needed []Edge
}

// Edge leads from an Object to one that it needs.
type Edge struct {
	Name string // as written, tokens expanded
	// Path is the path opened, or Path of the object that had the name
	// already; empty when nothing was found or the kernel's vdso has the name.
	Path    string
	To      *Object // nil when nothing was found, and for the vdso
	Rule    Rule    // empty when nothing was found
	Element string  // the element of the search list, as written: "$ORIGIN/../lib"; or a path with tokens
	Of      string  // Path of the object whose DT_RPATH or DT_RUNPATH has the element
	// Tag is DT_NEEDED, DT_AUXILIARY or DT_FILTER, and 0 for what is preloaded
	// or dlopened or the interpreter of a script.
	Tag elf.DynTag
}

// Err returns all of c.Missing and c.Errors, joined; nil when there are none.
func (c *Closure) Err() error {
	errs := make([]error, 0, len(c.Missing)+len(c.Errors))
	for _, m := range c.Missing {
		errs = append(errs, m)
	}
	return errors.Join(append(errs, c.Errors...)...)
}

// Merge adds everything of o that c lacks. Objects are the same when their paths
// are; edges that both have are kept once. o must not be used afterwards.
func (c *Closure) Merge(o *Closure) {
	if len(c.Objects)+len(c.Opened)+len(c.Missing)+len(c.Errors) == 0 {
		*c = *o
		return
	}
	same := make(map[*Object]*Object, len(o.Objects))
	for _, obj := range o.Objects {
		same[obj] = c.adopt(obj)
	}
	for _, obj := range o.Objects {
		to := same[obj]
		if to != obj {
			to.mergeEdges(obj, same)
			continue
		}
		for i, e := range obj.Needed {
			if t := same[e.To]; t != nil {
				obj.Needed[i].To = t
			}
		}
	}
	for _, p := range o.Opened {
		c.addOpened(p)
	}
	for _, m := range o.Missing {
		c.addMissing(m)
	}
	for _, err := range o.Errors {
		c.addError(err)
	}
}

// adopt returns the object of c with the path of obj, or adds obj.
func (c *Closure) adopt(obj *Object) *Object {
	have := c.Object(obj.Path)
	if have == nil {
		c.Objects = append(c.Objects, obj)
		return obj
	}
	if obj.Kind == Executable || have.Kind == Library && obj.Kind == Plugin {
		have.Kind = obj.Kind
	}
	return have
}

// moveBefore moves an object before another one that comes before it now; the
// program stays the first.
func (c *Closure) moveBefore(obj, other *Object) {
	from, to := slices.Index(c.Objects, obj), slices.Index(c.Objects, other)
	if to <= 0 || from < to {
		return
	}
	if c.byPath != nil {
		c.index() // so that the order does not matter to it
	}
	c.Objects = slices.Insert(slices.Delete(c.Objects, from, from+1), to, obj)
}

// few is the number of entries up to which a linear search is the fastest.
const few = 24

// Object returns the object of c whose Path is path, nil when there is none.
func (c *Closure) Object(path string) *Object {
	if len(c.Objects) <= few {
		for _, o := range c.Objects {
			if o.Path == path {
				return o
			}
		}
		return nil
	}
	if c.byPath == nil {
		c.byPath = make(map[string]*Object, 2*len(c.Objects))
	}
	c.index()
	return c.byPath[path]
}

// index enters the objects that are new into byPath.
func (c *Closure) index() {
	for ; c.indexed < len(c.Objects); c.indexed++ {
		c.byPath[c.Objects[c.indexed].Path] = c.Objects[c.indexed]
	}
}

// mergeEdges adds the edges of from that o lacks.
func (o *Object) mergeEdges(from *Object, same map[*Object]*Object) {
	for i, e := range from.Needed {
		if t := same[e.To]; t != nil {
			e.To = t
		}
		if i < len(o.Needed) && o.Needed[i].like(e) || o.hasEdge(e) {
			continue
		}
		o.Needed = append(o.Needed, e)
	}
}

func (o *Object) hasEdge(e Edge) bool {
	for _, h := range o.Needed {
		if h.like(e) {
			return true
		}
	}
	return false
}

func (e *Edge) like(o Edge) bool { return e.Name == o.Name && e.Path == o.Path }

// dropFound removes from c.Missing what is missing only in some of the runs that c
// is the union of, and what better has found.
func (c *Closure) dropFound(better *Closure) {
	c.Missing = slices.DeleteFunc(c.Missing, func(m *MissingError) bool {
		if !c.finds(m) && !better.finds(m) {
			return false
		}
		by := c.Object(m.NeededBy)
		by.Needed = slices.DeleteFunc(by.Needed, func(e Edge) bool { return e.Name == m.Name && e.Rule == "" })
		return true
	})
	c.missing = nil
}

// finds reports whether c has a file for what m misses.
func (c *Closure) finds(m *MissingError) bool {
	by := c.Object(m.NeededBy)
	return by != nil && slices.ContainsFunc(by.Needed, func(e Edge) bool { return e.Name == m.Name && e.Rule != "" })
}

func (c *Closure) addOpened(p string) {
	if len(c.Opened) <= few {
		if !slices.Contains(c.Opened, p) {
			c.Opened = append(c.Opened, p)
		}
		return
	}
	if c.opened == nil {
		c.opened = make(map[string]bool, 2*len(c.Opened))
		for _, have := range c.Opened {
			c.opened[have] = true
		}
	}
	if !c.opened[p] {
		c.opened[p] = true
		c.Opened = append(c.Opened, p)
	}
}

func (c *Closure) addMissing(m *MissingError) {
	if c.missing == nil {
		c.missing = make(map[[2]string]bool)
		for _, m := range c.Missing {
			c.missing[[2]string{m.Name, m.NeededBy}] = true
		}
	}
	key := [2]string{m.Name, m.NeededBy}
	if !c.missing[key] {
		c.missing[key] = true
		c.Missing = append(c.Missing, m)
	}
}

func (c *Closure) addError(err error) {
	if c.errs == nil {
		c.errs = make(map[string]bool)
		for _, err := range c.Errors {
			c.errs[err.Error()] = true
		}
	}
	if text := err.Error(); !c.errs[text] {
		c.errs[text] = true
		c.Errors = append(c.Errors, err)
	}
}
