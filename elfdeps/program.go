package elfdeps

import (
	"context"
	"io/fs"
	"slices"
	"sync"

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
	interpName string // PT_INTERP, or the loader chosen for a shared object
	names      []string
	cost       budget
	atSecure   func() bool // whether the kernel sets AT_SECURE
}

// program adds to c what the ELF file at o loads, and dlopening names in it.
func (s *session) program(ctx context.Context, c *Closure, o *opened, names []string) {
	p := &process{s: s, ctx: ctx, path: o, file: s.load(o), names: names, cost: s.newBudget(names)}
	p.kind = p.file.kind()
	needsLoader := p.needsLoader()
	p.atSecure = sync.OnceValue(func() bool { return p.file.HasInterp && s.secure(o) })
	if !needsLoader {
		p.alone(c)
		return
	}
	p.interpName = p.file.Interp
	if !p.file.HasInterp {
		p.interpName = s.guess(p.file)
	}
	var err error
	if p.interp, p.loader, err = s.interpreter(ctx, p.interpName, p.file); err != nil {
		p.alone(c)
		c.addError(&InterpreterError{o.path, p.interpName, err})
		return
	}
	if p.loader.musl {
		p.runMusl(c)
	} else {
		p.runGlibc(c)
	}
}

// needsLoader reports whether a loader has a part in the start. One that needs
// libraries and names no loader is meant to be started by one.
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

// runGlibc resolves the program for each of the loader's cpus that makes a
// difference and adds the union to c, the best cpu's objects first. Whether a
// difference is possible shows on the way, so that mostly one run is enough.
func (p *process) runGlibc(c *Closure) {
	var differ difference
	results := make([]*Closure, len(p.loader.cpus))
	for again := true; again; {
		again = false
		for i := range p.loader.cpus {
			if p.ctx.Err() != nil {
				return
			}
			if results[i] != nil || p.covered(i, results, differ) {
				continue
			}
			again = true
			results[i] = new(Closure)
			for _, name := range p.runs() {
				differ = differ.or(p.glibcRun(results[i], &p.loader.cpus[i], name))
			}
		}
	}
	if differ == (difference{}) {
		c.Merge(results[0])
		return
	}
	c.Merge(p.union(results, differ))
}

// union joins the results of the cpus that were tried. What a level misses
// counts as missing unless a better one finds it: a program may well be made
// for newer processors only, but not for older ones only.
func (p *process) union(results []*Closure, d difference) *Closure {
	all := new(Closure)
	for i := 0; i < len(results); {
		level := new(Closure)
		first := p.loader.cpus[i].levels
		for ; i < len(results) && (!d.levels || len(first) == len(p.loader.cpus[i].levels)); i++ {
			if results[i] != nil {
				level.Merge(results[i])
			}
		}
		level.dropFound(all)
		all.Merge(level)
	}
	return all
}

// runs are the sets of names to dlopen, one for each start of the program.
func (p *process) runs() [][]string {
	if len(p.names) == 0 {
		return [][]string{nil}
	}
	return slices.Collect(slices.Chunk(p.names, 1))
}

// covered reports whether a cpu that ran already is like number i in all that
// makes a difference.
func (p *process) covered(i int, ran []*Closure, d difference) bool {
	a := &p.loader.cpus[i]
	for k := range ran {
		b := &p.loader.cpus[k]
		levels := !d.levels || a.isa == b.isa && slices.Equal(a.levels, b.levels)
		platform := !d.platform || a.platform == b.platform && a.bits == b.bits && slices.Equal(a.names, b.names)
		if ran[k] != nil && levels && platform {
			return true
		}
	}
	return false
}

// difference tells by which properties of a cpu the answer may differ.
type difference struct{ levels, platform bool }

func (d difference) or(o difference) difference {
	return difference{d.levels || o.levels, d.platform || o.platform}
}
