package elfdeps

import (
	"context"
	"io/fs"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/budget"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// process is one start of a program: what both loaders work with.
type process struct {
	s          *session
	ctx        context.Context //nolint:containedctx // it lives as long as the call that it came with
	path       *opened         // the program
	file       *elfFile
	kind       Kind
	loader     *loader
	interp     *opened
	interpName string   // PT_INTERP, or the loader chosen for a shared object
	names      []string // to dlopen, each in a start of its own
	given      givenFiles
	cost       budget.Budget
	atSecure   func() bool // whether the kernel sets AT_SECURE
}

// givenFiles are loader's files whose content the caller of Start passed.
type givenFiles struct {
	content map[string][]byte // by path
	cache   *ldcache.Cache    // the loader's one, nil before it is parsed
}

// program adds to c what the ELF file at o loads, and what dlopening names in it
// does.
func (s *session) program(ctx context.Context, c *Closure, o *opened, names []string) {
	st := s.start(ctx, o, names, nil)
	switch {
	case st.loader == nil:
		st.alone(c)
		if st.err != nil {
			c.addError(&InterpreterError{o.path, st.interpName, st.err})
		}
	case len(st.runs) > 0:
		c.Merge(st.union())
	}
}

// needsLoader reports whether a loader takes part in the start. A file that needs
// libraries and names no loader is meant to be loaded by one.
func (p *process) needsLoader() bool {
	return p.file.HasInterp || len(p.file.Dynamic.Needed) > 0 || p.kind == Library && len(p.names) > 0
}

// alone adds a program that is loaded without a loader.
func (p *process) alone(c *Closure) {
	one := &Closure{Objects: []*Object{p.object(p.path, p.file, p.kind)}, Opened: []string{p.path.path}}
	c.Merge(one)
	for _, name := range p.names {
		c.addMissing(&MissingError{Name: name, NeededBy: p.path.path})
	}
}

// kind returns the kind of a program or a shared object.
func (f *elfFile) kind() Kind {
	if f.IsProgram() {
		return Executable
	}
	return Library
}

// secure reports whether the kernel sets AT_SECURE when a user starts the
// program: it has a set-id bit (§9; bprm_fill_uid; set-group-ID counts only with
// the group's x bit) or file capabilities.
func (s *session) secure(o *opened) bool {
	mode := o.node.Info.Mode()
	if mode&fs.ModeSetuid != 0 || mode&fs.ModeSetgid != 0 && mode&0o010 != 0 {
		return true
	}
	caps, err := s.root.Xattr(o.node.Real, "security.capability")
	if err != nil {
		s.doubt(&opened{path: o.path}, sysroot.Errno(err)) // the file itself may be read
	}
	return len(caps) > 0
}

// object describes the file f opened as o.
func (p *process) object(o *opened, f *elfFile, kind Kind) *Object {
	return &Object{
		Path: o.path, RealPath: o.node.Real, Kind: kind, Soname: f.Dynamic.Soname, Interp: f.Interp,
		ABI: f.ABI, Type: f.Type, Size: f.Size,
	}
}

// union joins the runs. A library that a level does not find counts as missing,
// unless a better level finds it: a program may be made for newer processors only,
// but not for older ones only.
func (st *started) union() *Closure {
	if st.differ == (difference{}) {
		return st.runs[0]
	}
	all := new(Closure)
	for i := 0; i < len(st.runs); {
		level := new(Closure)
		first := st.loader.CPUs[i].Levels
		for ; i < len(st.runs) && (!st.differ.levels || len(first) == len(st.loader.CPUs[i].Levels)); i++ {
			if st.runs[i] != nil {
				level.Merge(st.runs[i])
			}
		}
		level.dropFound(all)
		all.Merge(level)
	}
	return all
}

// dlopens returns the names to dlopen in each start of the program.
func (p *process) dlopens() [][]string {
	if len(p.names) == 0 {
		return [][]string{nil}
	}
	return slices.Collect(slices.Chunk(p.names, 1))
}

// difference says on which properties of a cpu the result may depend.
type difference struct{ levels, platform bool }

func (d difference) or(o difference) difference {
	return difference{d.levels || o.levels, d.platform || o.platform}
}
