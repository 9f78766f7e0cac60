package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/crosscheck"
)

// lookTwice cross-checks, after whatever else shall be printed.
func lookTwice(ctx context.Context, r *request, out io.Writer) error {
	if r.print == "" && r.why == "" {
		return crossCheck(ctx, r, out)
	}
	return errors.Join(look(ctx, r, out), crossCheck(ctx, r, io.Discard))
}

// crossCheck asks the system's own loader about each program, too, and returns
// an error for each difference. Where there is none it says so on out.
func crossCheck(ctx context.Context, r *request, out io.Writer) error {
	p, err := startHere(ctx, r)
	if err != nil {
		return err
	}
	var errs []error
	for _, prog := range p.programs {
		whole, err := p.resolver.Resolve(ctx, prog.Src)
		if len(whole.Objects) == 0 {
			errs = append(errs, err)
			continue
		}
		// A script stands for the programs that it names.
		for _, o := range whole.Objects {
			if o.Kind == elfdeps.Executable || o == whole.Objects[0] && o.Kind == elfdeps.Library {
				errs = append(errs, p.askAbout(ctx, o, out))
			}
		}
	}
	return errors.Join(errs...)
}

// askAbout compares the two answers about one program.
func (p *packing) askAbout(ctx context.Context, o *elfdeps.Object, out io.Writer) error {
	if o.Kind == elfdeps.Executable && o.Interp == "" {
		_, err := fmt.Fprintf(out, "%s: static: it has no loader to ask\n", tell.Printable(o.Path))
		return err
	}
	question := crosscheck.Question{
		Program: o.RealPath, LibraryPath: p.resolver.LibraryPath, Force: p.crossCheck == "force",
	}
	if o.Interp != "" {
		question.Interp = source.Absolute(p.src.Dir, o.Interp)
	}
	paths, asked := question.Ask(ctx)
	found, err := p.resolver.Resolve(ctx, o.Path)
	var failed *crosscheck.FailedError
	var refused *crosscheck.RefusedError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(asked, &failed):
		return p.bothFail(found, failed)
	case errors.As(asked, &refused) && refused.Forcible:
		return withHint(asked, "whoever owns or may write it decides what runs: if you trust them, --cross-check=force")
	case asked != nil && refused == nil && err != nil:
		return err // the loader is not even there
	case asked != nil:
		return asked
	case err != nil && len(found.Missing) > 0:
		return withHint(fmt.Errorf("%w, but the system's loader finds it", err), crossHint(o))
	}
	real := map[string]bool{}
	for _, name := range paths {
		if n, err := p.src.Root.Walk(source.Absolute(p.src.Dir, name)); err == nil {
			name = n.Real
		}
		real[name] = true
	}
	c := comparison{listed: real, unlisted: map[string]bool{}, met: map[string]bool{}}
	c.listed = unmangle(c.listed, found)
	c.follow(found, o.Path)
	for _, err := range found.Errors { // the loader lists what it then will not start
		if version := new(elfdeps.VersionError); errors.As(err, &version) {
			c.errs = append(c.errs, err)
		}
	}
	return c.result(o, out)
}

// bothFail holds the loader's failure to what was found missing. Other errors
// than a missing library make the loader fail in words of its own.
func (p *packing) bothFail(found *elfdeps.Closure, failed *crosscheck.FailedError) error {
	for _, m := range found.Missing {
		if strings.Contains(failed.Error(), m.Name) {
			return found.Err()
		}
	}
	if len(found.Errors) > 0 {
		return found.Err()
	}
	return fmt.Errorf("%w, and nothing is amiss here", failed)
}

// unmangle gives paths with white space in them back what pkg/ldd cut off: it
// takes the words of the loader's lines apart.
func unmangle(listed map[string]bool, found *elfdeps.Closure) map[string]bool {
	whole := maps.Clone(listed)
	for _, o := range found.Objects {
		for _, e := range o.Needed {
			if e.To == nil || !strings.ContainsAny(e.Name+e.Path, " \t\n\v\f\r") {
				continue
			}
			line, _, _ := strings.Cut(e.Name+" => "+e.Path, "\n")
			words := strings.Fields(line)
			switch {
			case len(words) > 2 && words[1] == "=>" && listed[words[2]]:
				delete(whole, words[2])
				whole[e.To.RealPath] = true
			case len(words) < 3 || words[1] != "=>": // such a line it passes over
				whole[e.To.RealPath] = true
			}
		}
	}
	return whole
}

// comparison holds a closure to the real paths that the loader listed. The
// closure is for all processors, the list for this one: of several files for a
// name one must be listed.
type comparison struct {
	listed   map[string]bool
	unlisted map[string]bool // real paths that the loader does not list even when it loads them
	met      map[string]bool // real paths of the closure that may be listed
	errs     []error
}

// follow goes from the program to what each object needs, through the files
// that the loader listed.
func (c *comparison) follow(found *elfdeps.Closure, program string) {
	var queue []*elfdeps.Object
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
	seen := map[*elfdeps.Object]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		o := queue[0]
		if seen[o] {
			continue
		}
		seen[o] = true
		c.met[o.RealPath] = true
		for i, e := range o.Needed {
			if e.To == nil || isAudit(e) || slices.ContainsFunc(o.Needed[:i], func(b elfdeps.Edge) bool { return b.Name == e.Name }) {
				continue
			}
			queue = append(queue, c.chosen(o, e)...)
		}
	}
}

// chosen returns the files, of all that o may get for a name, that the loader
// listed or need not list.
func (c *comparison) chosen(o *elfdeps.Object, first elfdeps.Edge) (out []*elfdeps.Object) {
	for _, e := range o.Needed {
		if e.Name == first.Name && e.To != nil && (c.listed[e.To.RealPath] || c.unlisted[e.To.RealPath]) {
			out = append(out, e.To)
		}
	}
	if len(out) == 0 {
		c.errs = append(c.errs, fmt.Errorf("%s: needs %s, which is %s here; the system's loader does not load that", o.Path, first.Name, first.To.RealPath))
	}
	return out
}

// isAudit reports whether an object is a module that the loader loads apart and
// does not list.
func isAudit(e elfdeps.Edge) bool {
	return slices.Contains([]string{"LD_AUDIT", "DT_AUDIT", "DT_DEPAUDIT"}, e.Element)
}

// result is what the comparison came to.
func (c *comparison) result(o *elfdeps.Object, out io.Writer) error {
	var more []string
	for name := range c.listed {
		if !c.met[name] && (o.Interp != "" || !strings.HasPrefix(path.Base(name), "ld-")) {
			more = append(more, name)
		}
	}
	slices.Sort(more)
	for _, name := range more {
		c.errs = append(c.errs, fmt.Errorf("%s: the system's loader loads %s, which is not found here", o.Path, name))
	}
	if len(c.errs) > 0 {
		for i, err := range c.errs {
			c.errs[i] = withHint(err, crossHint(o))
		}
		return errors.Join(c.errs...)
	}
	_, err := fmt.Fprintf(out, "%s: the system's loader loads the same: %d\n", tell.Printable(o.Path), len(c.listed))
	return err
}

func crossHint(o *elfdeps.Object) string {
	return "how the loader came to it: LD_DEBUG=libs LD_TRACE_LOADED_OBJECTS=1 " + shellWord(o.Path)
}
