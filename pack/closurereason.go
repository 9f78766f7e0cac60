package pack

import "github.com/mkrootfs/mkrootfs/elfdeps"

// askedProgram is the reason for a program that a flag names.
func askedProgram(p Program) Reason { return Reason{Cause: Asked, Flag: p.Arg} }

// neededReason is the reason that an edge of a closure is.
func neededReason(by *elfdeps.Object, e elfdeps.Edge) Reason {
	r := Reason{Cause: Needed, By: by.Path, Name: e.Name, Rule: e.Rule, Element: e.Element}
	if e.To != nil {
		r.Path = e.Path
	}
	return r
}

// isDlopened reports whether an edge is what a program was said to dlopen. The
// reason for its object is who said so.
func isDlopened(by *elfdeps.Object, e elfdeps.Edge) bool {
	return by.Kind == elfdeps.Executable && e.To != nil && e.To.Kind == elfdeps.Plugin
}

// reasonsByPath returns the first reason for each path that the loader opens.
func reasonsByPath(sys system, closure *elfdeps.Closure) map[string]Reason {
	why := make(map[string]Reason, len(closure.Opened))
	add := func(name string, r Reason) {
		if _, ok := why[name]; !ok && name != "" {
			why[name] = r
		}
	}
	for _, p := range sys.programs {
		add(sys.Abs(p.Src), askedProgram(p))
	}
	for _, o := range closure.Objects {
		if o.Interp != "" {
			add(sys.Abs(o.Interp), Reason{Cause: Interpreter, By: o.Path, Name: o.Interp, Path: o.Interp})
		}
		for _, e := range o.Needed {
			if !isDlopened(o, e) {
				add(e.Path, neededReason(o, e))
			}
		}
	}
	return why
}
