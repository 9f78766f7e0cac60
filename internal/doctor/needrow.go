package doctor

import (
	"path"
	"slices"
	"strings"
)

// needRow is one need: what shows it, and what follows. An object that has one
// of the triggers needs the group.
type needRow struct {
	group string

	// The triggers, of which one suffices.
	symbols  []string // imported from other objects
	sonames  []string // in DT_NEEDED, without what follows ".so"
	literals []string // string constants of a program, and of libraries that beside selects
	funcs    []string // functions that a Go program holds
	programs []string // names of programs, without the version at the end, whose scripts ask

	beside []string // libraries that must be in DT_NEEDED for a library's literals to count
	not    []string // a Go program that holds one of these functions has no such need
	except []string // sonames, and names of programs, that have the trigger and not the need
	unless string   // soname of a library of the closure with which there is no need
	libc   string   // the only C library for which the row holds

	program, library Degree   // how sure it is of a program, and of a library
	env              []string // variables that, when one is set to something, make it Certain

	why string // what does not work without the group
}

// degree returns how sure the row is of an object, 0 for not at all.
func (r *needRow) degree(o *needObject) Degree {
	switch {
	case r.excepts(o):
		return 0
	case o.static && !o.isGo:
		return r.degreeOfStatic()
	case o.program:
		return r.program
	}
	return r.library
}

// degreeOfStatic is the degree for a statically linked program, whose strings
// may be those of the C library inside it: it can do what the row is about,
// which says little about whether it will.
func (r *needRow) degreeOfStatic() Degree {
	if r.program == Likely {
		return Possible
	}
	return r.program
}

// excepts reports whether o is known to have no such need: by its soname or, of
// a program, by its name.
func (r *needRow) excepts(o *needObject) bool {
	return slices.Contains(r.except, o.soname) || o.program && slices.Contains(r.except, path.Base(o.path))
}

// triggers returns which triggers of the row an object has, whose imports,
// libraries and strings are in the tables of t.
func (r *needRow) triggers(o *needObject, t *triggerTables) (out []string) {
	pick := func(names []string, in map[string]bool) {
		for _, n := range names {
			if in[n] {
				out = append(out, n)
			}
		}
	}
	if o.isGo && slices.ContainsFunc(r.not, func(n string) bool { return t.literals[n] }) {
		return nil
	}
	if name := strings.TrimRight(path.Base(o.path), "0123456789."); o.program && slices.Contains(r.programs, name) {
		out = append(out, name)
	}
	pick(r.symbols, t.imports)
	pick(r.sonames, t.needed)
	if o.isGo {
		pick(r.funcs, t.literals)
		return out
	}
	if r.readsLiterals(o, t.needed) {
		pick(r.literals, t.literals)
	}
	return out
}

// readsLiterals reports whether the row looks at the string constants of o.
func (r *needRow) readsLiterals(o *needObject, needed map[string]bool) bool {
	if len(r.literals) == 0 || o.isGo {
		return false
	}
	if len(r.beside) > 0 && !o.static {
		return slices.ContainsFunc(r.beside, func(n string) bool { return needed[n] })
	}
	return o.program
}
