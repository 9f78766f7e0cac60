package elfdeps

import (
	"context"
	"sync"
)

// start is one start of a program, with one dlopen or none, once for each of
// the processors that its loader tells apart.
type start struct {
	*process
	runs []*Closure // as loader.cpus; one run for musl; none without a loader
	path string     // musl: the .path file
}

// start starts the program at path and dlopens name in it, unless that is "".
// Loaders find the files that mend, when it is not nil, has for them.
func (s *session) start(ctx context.Context, path, name string, mend *remedies) *start {
	o := s.open(s.abs(path))
	st := &start{process: &process{s: s, ctx: ctx, path: o, cost: s.newBudget(nil)}}
	if o.err != nil || !o.node.Info.Mode().IsRegular() {
		return st
	}
	st.file = s.load(o)
	if name != "" {
		st.names = []string{name}
	}
	if st.file.IsScript() || st.file.Check(o.path) != nil {
		return st
	}
	st.kind = st.file.kind()
	st.atSecure = sync.OnceValue(func() bool { return st.file.HasInterp && s.secure(o) })
	if !st.needsLoader() {
		return st
	}
	st.interpName = st.file.Interp
	if !st.file.HasInterp {
		st.interpName = s.guess(st.file)
	}
	var err error
	if st.interp, st.loader, err = s.interpreter(ctx, st.interpName, st.file); err != nil {
		st.loader = nil
		return st
	}
	if st.loader.musl {
		st.runMusl(mend)
	} else {
		st.runGlibc(mend)
	}
	return st
}

// runGlibc runs for every processor, but only once when none makes a
// difference.
func (st *start) runGlibc(mend *remedies) {
	if mend != nil {
		mend.cacheFor(st)
	}
	st.runs = make([]*Closure, len(st.loader.cpus))
	for i := range st.runs {
		c := new(Closure)
		differ := st.glibcRun(c, &st.loader.cpus[i], st.names)
		st.runs[i] = c
		if i == 0 && differ == (difference{}) {
			for k := range st.runs {
				st.runs[k] = c
			}
			return
		}
	}
}

// runMusl runs once: musl knows no processors.
func (st *start) runMusl(mend *remedies) {
	m := &musl{process: st.process, c: &Closure{}}
	st.path = m.pathFile()
	if mend != nil {
		if text, ok := mend.systemPath(st); ok {
			m.hasPath, m.sysPath = true, splitPath(text, text)
		}
	}
	m.start()
	queue := []*dso{m.head}
	if st.file.HasInterp {
		queue = append(m.preloads(), queue...)
	}
	m.dependencies(queue)
	for _, name := range st.names {
		m.dlopen(name)
	}
	st.runs = []*Closure{m.c}
}

// pathText is what the .path file at path says to musl's loader; its built-in
// directories when there is no such file.
func (s *session) pathText(st *start) string {
	o := s.open(s.abs(st.path))
	if o.err != nil {
		return st.loader.path
	}
	b, err := s.contents(o, maxPathFile)
	if err != nil {
		return ""
	}
	return string(b)
}

// exists reports whether there is anything at path.
func (s *session) exists(path string) bool { return s.open(s.abs(path)).node != nil }
