package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
)

// dso is an object in a musl process, as its struct dso.
type dso struct {
	obj       *Object
	file      *elfFile
	name      string // the path as the loader wrote it
	shortname string // its last component, when it was found by a search
	neededBy  *dso
	key       fileKey
	queued    bool

	path []pathElem // its search list, nil before it is needed
}

// musl is one run of musl's loader, which is libc itself. It has no cache, no
// SONAMEs, no capability subdirectories, and no DT_AUXILIARY, DT_FILTER,
// DT_AUDIT or DF_1_NODEFLIB; symbol versions are not checked.
type musl struct {
	*process
	c       *Closure
	head    *dso // the program
	self    *dso // libc, the interpreter
	loaded  []*dso
	envPath []pathElem
	sysPath []pathElem
	hasPath bool
	sysErr  error // why the .path file could not be read
	errno   error // of the last place where search looked
}

// runMusl resolves the program, and dlopens each of its names in a start of its
// own (§11; __dls3 in ldso/dynlink.c).
func (p *process) runMusl() *Closure {
	c := &Closure{}
	for _, names := range p.dlopens() {
		m := &musl{process: p, c: &Closure{}}
		m.start()
		queue := []*dso{m.head}
		if p.file.HasInterp {
			queue = append(m.preloads(), queue...)
		}
		m.dependencies(queue)
		for _, name := range names {
			m.dlopen(name)
		}
		c.Merge(m.c)
	}
	return c
}

func (m *musl) start() {
	m.head = &dso{obj: m.object(m.path, m.file, m.kind), file: m.file, name: m.path.path}
	if m.s.r.LibraryPath != "" && !m.atSecure() {
		m.envPath = splitPath(m.s.r.LibraryPath, m.s.r.LibraryPath)
	}
	libc := m.loader.file
	m.self = &dso{obj: m.object(m.interp, libc, Interpreter), file: libc, name: m.interpName}
	m.c.adopt(m.head.obj)
	m.c.addOpened(m.path.path)
	if m.file.HasInterp {
		m.openSelf()
	}
	if o := m.s.open(m.s.abs(m.pathFile())); o.err == nil && o.node.Info.Mode().IsRegular() {
		m.c.addOpened(o.path)
	}
}

// openSelf adds the interpreter to the closure.
func (m *musl) openSelf() {
	m.c.addOpened(m.interp.path)
	m.self.obj = m.c.adopt(m.self.obj)
}

// preloads loads what LD_PRELOAD names, between white space and colons
// (load_preload). Names that are not found are ignored.
func (m *musl) preloads() []*dso {
	if m.s.r.Preload == "" || m.atSecure() {
		return nil
	}
	var out []*dso
	isSeparator := func(c rune) bool { return strings.ContainsRune(" \t\n\v\f\r:", c) }
	for name := range strings.FieldsFuncSeq(m.s.r.Preload, isSeparator) {
		d, e, err := m.load(name, nil, Library)
		if err != nil {
			continue
		}
		if e.Rule != RuleAlreadyLoaded {
			e.Rule, e.Element = RulePreload, "LD_PRELOAD"
		}
		m.head.obj.Needed = append(m.head.obj.Needed, e)
		out = append(out, d)
	}
	return out
}

// dependencies loads what the objects of queue need, breadth first (load_deps).
// The program is the first of musl's list, before what is preloaded.
func (m *musl) dependencies(queue []*dso) {
	for i, d := range queue {
		if d == m.head {
			copy(queue[1:i+1], queue[:i])
			queue[0] = d
		}
	}
	for i := 0; i < len(queue) && m.ctx.Err() == nil; i++ {
		d := queue[i]
		if d.queued {
			continue
		}
		d.queued = true
		for _, n := range d.file.Dynamic.Needed {
			if n.Tag != elf.DT_NEEDED {
				continue
			}
			if !m.cost.Edge() || m.ctx.Err() != nil {
				m.fail(n.Name, d, errTooMany)
				return
			}
			to, e, err := m.load(n.Name, d, Library)
			e.Tag = n.Tag
			d.obj.Needed = append(d.obj.Needed, e)
			if err != nil {
				m.fail(n.Name, d, err)
			} else {
				queue = append(queue, to)
			}
		}
	}
}

// dlopen loads name. The program's search list is used, whichever object calls
// dlopen.
func (m *musl) dlopen(name string) {
	d, e, err := m.load(name, m.head, Plugin)
	m.head.obj.Needed = append(m.head.obj.Needed, e)
	if err != nil {
		m.fail(name, m.head, err)
		return
	}
	m.dependencies([]*dso{d})
}

func (m *musl) fail(name string, by *dso, err error) {
	if m.cost.IsRepeated(err) {
		return
	}
	if errors.Is(err, errMissing) {
		t := &trail{cost: &m.cost}
		if !strings.Contains(name, "/") {
			m.search(name, by, t)
		} else {
			t.add(RuleAbsolute, m.s.abs(name), "", m.open(name).err)
		}
		m.c.addMissing(&MissingError{Name: name, NeededBy: by.obj.Path, Tried: t.tried, More: t.more})
		return
	}
	var fatal *FatalError
	if !errors.As(err, &fatal) {
		err = &FatalError{by.obj.Path, name, by.obj.Path, err}
	}
	m.c.addError(err)
}

// reserved are names of libraries that are part of musl's libc, whatever
// follows the dot.
var reserved = []string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}

// isSelf reports whether a name is libc's, and so the interpreter's.
func (m *musl) isSelf(name string) bool {
	if rest, ok := strings.CutPrefix(name, "lib"); ok {
		for _, r := range reserved {
			if strings.HasPrefix(rest, r) {
				return true
			}
		}
	}
	return name == m.interpName
}

// load finds or loads an object (load_library).
func (m *musl) load(name string, by *dso, kind Kind) (*dso, Edge, error) {
	e := Edge{Name: name}
	if m.isSelf(name) {
		return m.already(m.self, e)
	}
	h := hit{rule: RuleAbsolute}
	short := !strings.Contains(name, "/")
	if short {
		for _, d := range m.loaded {
			if d.shortname == name {
				return m.already(d, e)
			}
		}
		h = m.search(name, by, nil)
	} else if o := m.open(name); o.err == nil {
		h.o, h.name = o, name
	} else if o.err == errTooMany { //nolint:errorlint // never wrapped here
		h.fatal = errTooMany
	}
	switch {
	case h.fatal != nil:
		return nil, e, h.fatal
	case h.o == nil:
		return nil, e, m.absent(short)
	}
	e.Path, e.Rule, e.Element, e.Of = h.o.path, h.rule, h.element, h.ofPath
	for _, d := range m.loaded {
		if d.key == h.o.key {
			if d.shortname == "" && short {
				d.shortname = path.Base(d.name)
			}
			m.c.addOpened(h.o.path)
			e.To = d.obj
			return d, e, nil
		}
	}
	return m.mapFile(h, e, by, kind)
}

// absent returns why a search found nothing. With ENOENT the library is missing;
// any other errno is what the loader reports.
func (m *musl) absent(searched bool) error {
	if !searched || m.errno == nil || errors.Is(m.errno, syscall.ENOENT) {
		return errMissing
	}
	return m.errno
}

// already returns the edge to an object that is loaded.
func (m *musl) already(d *dso, e Edge) (*dso, Edge, error) {
	if d == m.self {
		m.openSelf()
	}
	e.To, e.Path, e.Rule = d.obj, d.obj.Path, RuleAlreadyLoaded
	return d, e, nil
}

// mapFile loads a file that was not loaded before. One that defines symbols that
// only a libc has is another libc: the interpreter is used instead.
func (m *musl) mapFile(h hit, e Edge, by *dso, kind Kind) (*dso, Edge, error) {
	requester := m.head
	if by != nil {
		requester = by
	}
	f, err := m.mappable(h.o)
	if err != nil {
		return nil, e, &FatalError{h.o.path, e.Name, requester.obj.Path, err}
	}
	isLibc, err := m.s.defines(m.ctx, h.o, f.Info, "__libc_start_main", "stdin")
	switch {
	case err != nil:
		return nil, e, &FatalError{h.o.path, e.Name, requester.obj.Path, err}
	case isLibc:
		m.c.addOpened(h.o.path)
		m.c.adopt(m.object(h.o, f, kind))
		m.openSelf()
		e.To = m.self.obj
		return m.self, e, nil
	}
	d := &dso{obj: m.object(h.o, f, kind), file: f, name: h.name, neededBy: by, key: h.o.key}
	if h.rule != RuleAbsolute {
		d.shortname = path.Base(h.name)
	}
	m.c.addOpened(h.o.path)
	d.obj = m.c.adopt(d.obj)
	m.loaded = append(m.loaded, d)
	e.To = d.obj
	return d, e, nil
}

// mappable returns the file at o, or why it cannot be loaded; no other candidate
// is tried then (§11; map_library).
func (m *musl) mappable(o *opened) (*elfFile, error) {
	if o.node.Info.IsDir() {
		return nil, fmt.Errorf("cannot be read: %w", syscall.EISDIR)
	}
	if !o.node.Info.Mode().IsRegular() {
		return nil, errNotELF
	}
	f := m.s.load(o)
	switch {
	case f.openErr != nil:
		return nil, f.openErr
	case f.Err != nil:
		return nil, f.Err
	}
	if why := m.otherIdent(f); why != nil {
		l := layout.Of(m.loader.Class, m.loader.Data)
		if len(f.Ident) < elf.EI_NIDENT+2 || !loadableType(elf.Type(l.U16(f.Ident[elf.EI_NIDENT:]))) {
			return nil, why
		}
		as, err := m.s.loadAs(o, m.loader.file)
		if err != nil || as.Malformed != nil || !as.Dynamic.Present {
			return nil, why
		}
		f = as
	}
	switch {
	case f.Malformed != nil:
		return nil, ldso.Unloadable(f.Info)
	case !loadableType(f.Type):
		return nil, ldso.ErrType
	case !f.Dynamic.Present || f.Dynamic.Segment.Addr == 0:
		return nil, ldso.ErrNoDynamic
	}
	return f, nil
}

func loadableType(t elf.Type) bool { return t == elf.ET_DYN || t == elf.ET_EXEC }

// otherIdent returns how e_ident differs from the loader's. The loader compares
// none of it, nor the machine; but it cannot make sense of a file that really has
// another class.
func (m *musl) otherIdent(f *elfFile) error {
	switch {
	case !f.IsELF():
		return ldso.ErrNoMagic
	case len(f.Ident) > elf.EI_DATA && f.Class != m.loader.Class:
		return ldso.ErrClass
	case len(f.Ident) > elf.EI_DATA && f.Data != m.loader.Data:
		return ldso.ErrOrder
	}
	return nil
}
