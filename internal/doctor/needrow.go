package doctor

import (
	"path"
	"slices"
	"strings"
)

// needRow is a rule: an object that has one of the triggers needs the group.
type needRow struct {
	group string

	// The triggers, of which one suffices.
	symbols  []string // imported from other objects
	sonames  []string // in DT_NEEDED, up to ".so"
	literals []string // string constants of a program, and of libraries that beside selects
	funcs    []string // functions in a Go program
	programs []string // names of interpreters, without a version, whose scripts have the need

	beside []string // libraries that must be in DT_NEEDED for a library's literals to count
	not    []string // functions: a Go program with one of them does not have the need
	except []string // sonames and names of programs that have a trigger but not the need
	unless string   // soname: if the closure has this library, the row does not apply
	libc   string   // the row applies only to this C library; "" is any

	program, library Degree   // the degree for a program and for a library
	deep             Degree   // the highest degree for a library that only libraries need; 0 is no limit
	env              []string // if one of these variables is not empty, the degree is Certain

	does string // what an object with a trigger does, for messages: "verifies servers"
	why  string // what fails without the group
}

// degree returns the degree of the need of an object with a trigger, 0 for no need.
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

// degreeOfStatic returns the degree for a statically linked program. It is lower, since
// the strings may be those of the C library in the program.
func (r *needRow) degreeOfStatic() Degree {
	if r.program == Likely {
		return Possible
	}
	return r.program
}

// excepts reports whether the soname or the program name of o is an exception.
func (r *needRow) excepts(o *needObject) bool {
	return slices.Contains(r.except, o.soname) || o.program && slices.Contains(r.except, path.Base(o.path))
}

// triggers returns the triggers of the row that o has. t are the tables for o.
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

// readsLiterals reports whether the row uses the string constants of o.
func (r *needRow) readsLiterals(o *needObject, needed map[string]bool) bool {
	if len(r.literals) == 0 || o.isGo {
		return false
	}
	if len(r.beside) > 0 && !o.static {
		return slices.ContainsFunc(r.beside, func(n string) bool { return needed[n] })
	}
	return o.program
}
