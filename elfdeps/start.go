package elfdeps

import (
	"context"
	"slices"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/budget"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// Start is one start of a program, with one dlopen or none, resolved apart for
// each of the processors that its loader distinguishes.
type Start struct {
	Kind   Kind    // Executable, Library or Script; "" for a file that cannot be started
	Loader *Loader // nil when no loader has a part in the start
	// Runs are what the loader opens on each processor, the best one first. There
	// is one run for musl, which distinguishes none, and none without a loader.
	Runs []Run
	// Unread are the errors of files that could not be read, sorted by path.
	Unread []*ReadError
}

// Run is what a loader opens on one processor.
type Run struct {
	Levels  []string // the glibc-hwcaps levels of the processor, best first
	Closure *Closure
}

// Loader says where the loader of a Start reads which libraries to take.
type Loader struct {
	elffile.ABI
	Musl       bool
	Cache      string // glibc: the path of ld.so.cache
	PathFile   string // musl: the path of its .path file
	SystemPath string // musl: its content, or the path compiled into the loader
}

// Start resolves a start of the program at path, which dlopens name by its own
// code unless name is "". A loader that reads one of files, by their paths, gets
// the content given there, whatever the file system has.
//
// It is for comparing processors, whose results Resolve and Dlopen join. A program
// that cannot be started has no Runs, and Resolve says why.
func (r *Resolver) Start(ctx context.Context, path, name string, files map[string][]byte) *Start {
	s := r.session()
	clear(s.unread)
	o := s.open(s.abs(path))
	var st *Start
	switch {
	case o.err != nil || !o.node.Info.Mode().IsRegular():
		st = &Start{}
	case s.load(o).IsScript():
		st = &Start{Kind: Script}
	case o.file.Check(path) != nil:
		st = &Start{}
	default:
		var names []string
		if name != "" {
			names = []string{name}
		}
		st = s.start(ctx, o, names, files).exported()
	}
	st.Unread = s.unreadSince()
	return st
}

// Exists reports whether there is anything at path, symlinks followed. The error
// is a *ReadError when that is unknown.
func (r *Resolver) Exists(path string) (bool, error) {
	s := r.session()
	o := s.open(s.abs(path))
	if o.unread != nil {
		return false, o.unread
	}
	return o.node != nil, nil
}

// started is a process with what it opens.
type started struct {
	*process
	runs   []*Closure // as loader.cpus, nil for a cpu that is like another one; one run for musl
	differ difference // what the runs depend on
	err    error      // why the interpreter cannot be started
}

// start starts the program at o once for each of names, or once without any.
// Without a loader there are no runs.
func (s *session) start(ctx context.Context, o *opened, names []string, files map[string][]byte) *started {
	p := &process{
		s: s, ctx: ctx, path: o, file: s.load(o), names: names,
		given: givenFiles{content: files}, cost: budget.New(len(names), s.r.LibraryPath),
	}
	st := &started{process: p}
	p.kind = p.file.kind()
	p.atSecure = sync.OnceValue(func() bool { return p.file.HasInterp && s.secure(o) })
	if !p.needsLoader() {
		return st
	}
	p.interpName = p.file.Interp
	if !p.file.HasInterp {
		p.interpName = s.guess(p.file)
	}
	p.interp, p.loader, st.err = s.interpreter(ctx, p.interpName, p.file)
	switch {
	case st.err != nil:
		p.loader = nil
	case p.loader.Musl:
		st.runs = []*Closure{p.runMusl()}
	default:
		st.runGlibc()
	}
	return st
}

// runGlibc resolves the program for each of the loader's cpus that makes a
// difference. Whether a difference is possible shows on the way, so that mostly
// one run is enough.
func (st *started) runGlibc() {
	st.runs = make([]*Closure, len(st.loader.CPUs))
	for again := true; again; {
		again = false
		for i := range st.runs {
			if st.ctx.Err() != nil {
				st.runs = nil
				return
			}
			if st.runOf(i) != nil {
				continue
			}
			again = true
			st.runs[i] = new(Closure)
			for _, names := range st.dlopens() {
				st.differ = st.differ.or(st.glibcRun(st.runs[i], &st.loader.CPUs[i], names))
			}
		}
	}
}

// runOf returns the run of cpu number i, or of one that is like it in all that
// makes a difference; nil when there is none.
func (st *started) runOf(i int) *Closure {
	if st.runs[i] != nil {
		return st.runs[i]
	}
	a := &st.loader.CPUs[i]
	for k, run := range st.runs {
		b := &st.loader.CPUs[k]
		levels := !st.differ.levels || a.ISA == b.ISA && slices.Equal(a.Levels, b.Levels)
		platform := !st.differ.platform || a.Platform == b.Platform && a.Bits == b.Bits && slices.Equal(a.Names, b.Names)
		if run != nil && levels && platform {
			return run
		}
	}
	return nil
}

// exported returns what others may know of st.
func (st *started) exported() *Start {
	out := &Start{Kind: st.kind}
	if st.loader == nil {
		return out
	}
	out.Loader = &Loader{ABI: st.loader.ABI, Musl: st.loader.Musl, Cache: st.loader.Cache}
	if st.loader.Musl {
		m := &musl{process: st.process}
		out.Loader.PathFile = m.pathFile()
		out.Loader.SystemPath, _ = m.pathText()
		out.Runs = []Run{{Closure: st.runs[0]}}
		return out
	}
	for i := range st.runs {
		out.Runs = append(out.Runs, Run{st.loader.CPUs[i].Levels, st.runOf(i)})
	}
	return out
}

// cache returns the ld.so.cache of the loader, nil when there is none.
func (p *process) cache() *ldcache.Cache {
	content, ok := p.given.content[p.loader.Cache]
	if !ok {
		return p.s.cacheOf(p.loader)
	}
	if p.given.cache == nil {
		p.given.cache = ldcache.Parse(content, p.loader.ABI)
	}
	return p.given.cache
}
