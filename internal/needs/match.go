package needs

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// row is one need: what gives it away, and what follows.
type row struct {
	group string

	// The triggers, of which one suffices.
	symbols  []string // imported from other objects
	sonames  []string // in DT_NEEDED, without what follows ".so"
	literals []string // string constants of a program, and of libraries beside
	funcs    []string // functions that a Go program holds
	programs []string // names of programs, without the version at the end, whose scripts ask

	beside []string // libraries that must be in DT_NEEDED for a library's literals to count
	not    []string // a Go program that holds one of these functions has no such need
	except []string // sonames, and names of programs, that have the trigger and not the need
	unless string   // soname of a library of the closure with which there is no need
	libc   string   // the only C library for which the row holds

	program, library Degree   // how sure it is of a program, and of a library
	env              []string // variables that, when one is set to something, make it Certain

	why string
}

// sight is what the rows see of an object.
type sight struct {
	*Object
	imports  map[string]bool
	needed   map[string]bool // without what follows ".so"
	literals map[string]bool
}

func newSight(o *Object, literals map[string]bool) *sight {
	s := &sight{Object: o, imports: make(map[string]bool, len(o.Imports)), needed: map[string]bool{}, literals: literals}
	for _, name := range o.Imports {
		s.imports[name] = true
	}
	for _, name := range o.Needed {
		s.needed[stem(name)] = true
	}
	return s
}

// stem is a soname up to its ".so".
func stem(soname string) string {
	if i := strings.Index(soname, ".so"); i >= 0 {
		return soname[:i+3]
	}
	return soname
}

func (r *row) match(s *sight, f Facts) (Need, bool) {
	degree := r.library
	if s.Program {
		degree = r.program
	}
	if s.Static && !s.Go {
		degree = r.inside()
	}
	if degree == 0 || r.libc != "" && r.libc != f.Libc && !s.Static || r.excepts(s.Object) {
		return Need{}, false
	}
	triggers := r.triggers(s)
	if len(triggers) == 0 {
		return Need{}, false
	}
	for _, name := range r.env {
		if v := f.Env(name); v != "" && v != "C" && v != "POSIX" {
			degree = Certain
		}
	}
	return Need{Group: r.group, Triggers: triggers, In: s.Path, Soname: s.Soname, Degree: degree, Why: r.why}, true
}

// inside is the degree for a statically linked program, whose strings may be
// those of the C library inside it: it can do what the row is about, which says
// little about whether it will.
func (r *row) inside() Degree {
	if r.program == Likely {
		return Possible
	}
	return r.program
}

// excepts tells whether o is known to have no such need: by its soname or, of a
// program, by its name.
func (r *row) excepts(o *Object) bool {
	return slices.Contains(r.except, o.Soname) || o.Program && slices.Contains(r.except, path.Base(o.Path))
}

func (r *row) triggers(s *sight) (out []string) {
	pick := func(names []string, in map[string]bool) {
		for _, n := range names {
			if in[n] {
				out = append(out, n)
			}
		}
	}
	if s.Go && slices.ContainsFunc(r.not, func(n string) bool { return s.literals[n] }) {
		return nil
	}
	if name := strings.TrimRight(path.Base(s.Path), "0123456789."); s.Program && slices.Contains(r.programs, name) {
		out = append(out, name)
	}
	pick(r.symbols, s.imports)
	pick(r.sonames, s.needed)
	if s.Go {
		pick(r.funcs, s.literals)
		return out
	}
	if r.reads(s.Object, s.needed) {
		pick(r.literals, s.literals)
	}
	return out
}

// reads tells whether the row looks at the string constants of o.
func (r *row) reads(o *Object, needed map[string]bool) bool {
	if len(r.literals) == 0 || o.Go {
		return false
	}
	if len(r.beside) > 0 && !o.Static {
		return slices.ContainsFunc(r.beside, func(n string) bool { return needed[n] })
	}
	return o.Program
}

// literalsOf returns which of the strings that rows look for o has. Only
// programs and libraries beside what a row names are read. A statically linked
// program may run its constants into each other, as Rust does, so there a
// string counts that is part of a longer one.
func literalsOf(o *Object) (map[string]bool, error) {
	wanted := map[string]bool{}
	needed := newSight(o, nil).needed
	for i := range table {
		r := &table[i]
		if o.Go {
			for _, name := range slices.Concat(r.funcs, r.not) {
				wanted[name] = true
			}
		} else if r.reads(o, needed) {
			for _, name := range r.literals {
				wanted[name] = true
			}
		}
	}
	found := map[string]bool{}
	if len(wanted) == 0 || o.Literals == nil {
		return found, nil
	}
	var lengths [64]bool // spares most strings the look into the map
	for name := range wanted {
		lengths[len(name)%64] = true
	}
	err := o.Literals(func(b []byte) bool {
		if lengths[len(b)%64] && wanted[string(b)] {
			found[string(b)] = true
		} else if o.Static && !o.Go && bytes.IndexByte(b, '/') >= 0 {
			for name := range wanted {
				if bytes.Contains(b, []byte(name)) {
					found[name] = true
				}
			}
		}
		return true
	})
	return found, err
}
