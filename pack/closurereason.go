package pack

import (
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// askedProgram returns the reason for a program of Spec.Programs.
func askedProgram(p Program) Reason { return Reason{Cause: Asked, Flag: p.Arg} }

// neededReason returns the reason for the object that an edge leads to.
func neededReason(by *elfdeps.Object, e elfdeps.Edge) Reason {
	r := Reason{Cause: Needed, By: by.Path, Name: e.Name, Rule: e.Rule, Element: e.Element}
	if e.To != nil {
		r.Path = e.Path
	}
	return r
}

// isDlopened reports whether an edge stands for a dlopen. It is not the reason for its
// object: that is the flag, object or group that names the library.
func isDlopened(by *elfdeps.Object, e elfdeps.Edge) bool {
	isAudit := strings.HasSuffix(e.Element, "AUDIT")
	return e.Tag == 0 && e.To != nil && by.Kind != elfdeps.Script && e.Rule != elfdeps.RulePreload && !isAudit
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
		add(p.Src, askedProgram(p))
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
