package crosscheck

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// comparison compares a closure with the real paths that the loader listed. The
// closure is for all processors and may have several files for a name; the list is for
// this processor and must have one of them.
type comparison struct {
	listed   map[string]bool
	unlisted map[string]bool // real paths that the loader does not list even if it loads them
	met      map[string]bool // real paths of the closure that may be listed
	errs     []error
}

// follow goes from the program to what each object needs, through the files that
// the loader listed.
func (c *comparison) follow(found *elfdeps.Closure, program string) {
	queue := c.start(found, program)
	seen := map[*elfdeps.Object]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		o := queue[0]
		if seen[o] {
			continue
		}
		seen[o] = true
		c.met[o.RealPath] = true
		for i, e := range o.Needed {
			hadName := slices.ContainsFunc(o.Needed[:i], func(b elfdeps.Edge) bool { return b.Name == e.Name })
			if e.To == nil || isAudit(e) || hadName {
				continue
			}
			queue = append(queue, c.chosen(o, e)...)
		}
	}
}

// start returns the program, and sets c.unlisted.
func (c *comparison) start(found *elfdeps.Closure, program string) (queue []*elfdeps.Object) {
	for _, o := range found.Objects {
		if o.Path == program {
			queue = append(queue, o)
		}
		if o.Path == program || o.Kind == elfdeps.Interpreter {
			c.unlisted[o.RealPath] = true
		}
		for _, e := range o.Needed {
			if e.To != nil && strings.Contains(e.Name, "/") {
				c.unlisted[e.To.RealPath] = true
			}
		}
	}
	return queue
}

// chosen returns the files that o may load for the name of first and that the loader
// listed or need not list.
func (c *comparison) chosen(o *elfdeps.Object, first elfdeps.Edge) (out []*elfdeps.Object) {
	for _, e := range o.Needed {
		if e.Name == first.Name && e.To != nil && (c.listed[e.To.RealPath] || c.unlisted[e.To.RealPath]) {
			out = append(out, e.To)
		}
	}
	if len(out) == 0 {
		const text = "%s: needs %s, which mkrootfs finds at %s; the system's loader does not load that file"
		c.errs = append(c.errs, fmt.Errorf(text, o.Path, first.Name, first.To.RealPath))
	}
	return out
}

// isAudit reports whether an object is a module that the loader loads separately and
// does not list.
func isAudit(e elfdeps.Edge) bool {
	return slices.Contains([]string{"LD_AUDIT", "DT_AUDIT", "DT_DEPAUDIT"}, e.Element)
}

// result returns a line if the results agree, else an error with the differences.
func (c *comparison) result(o *elfdeps.Object) (same string, err error) {
	var more []string
	for name := range c.listed {
		if !c.met[name] && (o.Interp != "" || !strings.HasPrefix(path.Base(name), "ld-")) {
			more = append(more, name)
		}
	}
	slices.Sort(more)
	errs := c.errs
	for _, name := range more {
		errs = append(errs, fmt.Errorf("%s: the system's loader loads %s, which mkrootfs does not find", o.Path, name))
	}
	for i, err := range errs {
		errs[i] = usererr.WithHint(err, hintFor(o))
	}
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	return fmt.Sprintf("%s: the system's loader loads the same files: %d", o.Path, len(c.listed)), nil
}
