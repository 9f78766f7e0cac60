// Package relocate compares what programs find inside an image with what they find
// where the files of the image come from.
//
// A library that a loader finds by its ld.so.cache, by LD_LIBRARY_PATH or by
// musl's .path file may not be found in an image that has the library but none of
// these. The package says which ones are lost, on which processors, and makes the
// loader's files that bring them back.
//
// It writes nothing: it returns the content of files. Its caveat: it never
// changes a loader's file that is in the image already, and compares only what
// it is asked to compare.
//
// Start with Comparison.Compare.
package relocate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// Comparison (§13) compares what programs find inside an image with what they find
// where its files come from, for each processor that their loaders distinguish.
// It plans the loader's files that the image lacks, for what a loader found by
// its ld.so.cache, by LD_LIBRARY_PATH or by musl's .path file, and would not find
// again.
//
// A Comparison is not safe for concurrent use, and no one else may use Image.
type Comparison struct {
	Source, Image *elfdeps.Resolver
	// Same reports whether a file of the image is the one of the source; nil
	// takes files for the same whose real paths are the same. An error becomes one of
	// Compare's.
	Same func(ctx context.Context, source, image *elfdeps.Object) (bool, error)

	plan   plan
	unread []*elfdeps.ReadError // since the current call of Compare began
}

// LostError says that a program would not find in the image the library that it
// finds at the source, or another one.
type LostError struct {
	Name     string       // the library
	NeededBy string       // path in the image of the object that names it
	Level    string       // best glibc-hwcaps level of the processor; "" when it has none
	Source   elfdeps.Edge // where it is found at the source
	Image    elfdeps.Edge // what the image's loader finds; its To is nil for nothing

	from string // path at the source of the object that names it
}

func (e *LostError) Error() string {
	if e.Image.To == nil {
		return fmt.Sprintf("%s: needed by %s, but its loader would not find it in the image", e.Name, e.NeededBy)
	}
	there, here := e.Image.To.RealPath, e.Source.To.RealPath
	text := fmt.Sprintf("%s: %s would load %s in the image, but loads %s in the source", e.Name, e.NeededBy, there, here)
	if e.Level != "" {
		text += " (on a processor of level " + e.Level + ")"
	}
	return text
}

// Compare compares a start of the program from at the source with one of the
// program to in the image, and returns the libraries that are lost, once for each
// name and object that needs it. With a name, the program also dlopens that name.
// What Files bring back counts as found. For a script the programs that its first
// line names are compared.
//
// The error joins an *elfdeps.ReadError for each file of the source or the image
// that could not be read, and that of ctx.
func (c *Comparison) Compare(ctx context.Context, from, to, name string) ([]*LostError, error) {
	c.unread = nil
	source := c.Source.Start(ctx, from, name, nil)
	if source.Kind == elfdeps.Script {
		return c.compareScripts(ctx, from, to, name)
	}
	c.note(source.Unread)
	lost, err := c.compare(ctx, source, to, name)
	if err == nil {
		err = ctx.Err()
	}
	errs := []error{err}
	for _, e := range c.unread {
		errs = append(errs, e)
	}
	return lost, errors.Join(errs...)
}

// compare compares a start at the source with that of the program to of the
// image, until nothing more can be planned for what is lost.
func (c *Comparison) compare(ctx context.Context, source *elfdeps.Start, to, name string) ([]*LostError, error) {
	if len(source.Runs) == 0 {
		return nil, nil
	}
	for {
		image := c.Image.Start(ctx, to, name, c.loaderFiles(source))
		c.note(image.Unread)
		if len(image.Runs) != len(source.Runs) || ctx.Err() != nil {
			return nil, ctx.Err() // another interpreter or none, which Resolve reports
		}
		lost, err := c.match(ctx, source, image)
		if err != nil || !c.planFor(source, lost) {
			return lost, err
		}
	}
}

// note records what could not be read, each file once.
func (c *Comparison) note(unread []*elfdeps.ReadError) {
	for _, e := range unread {
		if !slices.Contains(c.unread, e) {
			c.unread = append(c.unread, e)
		}
	}
}

// exists reports whether there is anything at path.
func (c *Comparison) exists(r *elfdeps.Resolver, path string) bool {
	ok, err := r.Exists(path)
	var unread *elfdeps.ReadError
	if errors.As(err, &unread) {
		c.note([]*elfdeps.ReadError{unread})
	}
	return ok
}

// compareScripts compares the programs at the ends of a script's chains.
func (c *Comparison) compareScripts(ctx context.Context, from, to, name string) (lost []*LostError, err error) {
	a, _ := c.Source.Resolve(ctx, from)
	b, _ := c.Image.Resolve(ctx, to)
	errs := []error{ctx.Err()}
	for _, e := range append(slices.Clone(a.Errors), b.Errors...) {
		if unread := new(elfdeps.ReadError); errors.As(e, &unread) {
			errs = append(errs, e)
		}
	}
	if len(a.Objects) == 0 || len(b.Objects) == 0 {
		return nil, errors.Join(errs...)
	}
	w := walk{ctx: ctx, same: c.same, seen: map[[2]*elfdeps.Object]bool{}}
	w.compare(a.Objects[0], b.Objects[0], func(s, i *elfdeps.Object) bool {
		if s.Kind != elfdeps.Script {
			more, err := c.Compare(ctx, s.Path, i.Path, name)
			lost, errs = append(lost, more...), append(errs, err)
		}
		return s.Kind == elfdeps.Script
	})
	return append(w.lost, lost...), errors.Join(append(errs, w.err)...)
}

func (c *Comparison) same(ctx context.Context, source, image *elfdeps.Object) (bool, error) {
	if c.Same == nil {
		return source.RealPath == image.RealPath, nil
	}
	return c.Same(ctx, source, image)
}

// match compares the runs of two starts, each pair of closures once.
func (c *Comparison) match(ctx context.Context, source, image *elfdeps.Start) ([]*LostError, error) {
	w := walk{ctx: ctx, same: c.same}
	done := map[[2]*elfdeps.Closure]bool{}
	for i := range source.Runs {
		here, there := source.Runs[i], image.Runs[i].Closure
		pair := [2]*elfdeps.Closure{here.Closure, there}
		if done[pair] {
			continue
		}
		done[pair] = true
		w.level, w.seen, w.preloaded = "", map[[2]*elfdeps.Object]bool{}, nil
		if len(here.Levels) > 0 {
			w.level = here.Levels[0]
		}
		main := there.Objects[0]
		for _, e := range main.Needed {
			if e.Rule == elfdeps.RulePreload {
				w.preloaded = append(w.preloaded, e.To)
			}
		}
		w.compare(here.Closure.Objects[0], main, func(*elfdeps.Object, *elfdeps.Object) bool { return true })
	}
	return w.lost, w.err
}

// walk goes through two closures in parallel.
type walk struct {
	ctx       context.Context //nolint:containedctx // it lives as long as the call that it came with
	same      func(ctx context.Context, source, image *elfdeps.Object) (bool, error)
	level     string
	seen      map[[2]*elfdeps.Object]bool
	preloaded []*elfdeps.Object // what the image preloads
	lost      []*LostError
	err       error // the first error of same
}

// isSame reports whether a file of the image is the one of the source.
func (w *walk) isSame(source, image *elfdeps.Object) bool {
	same, err := w.same(w.ctx, source, image)
	if w.err == nil {
		w.err = err
	}
	return same
}

// compare compares what two objects need, then what the objects need that they
// lead to, as long as deeper returns true for these.
func (w *walk) compare(source, image *elfdeps.Object, deeper func(source, image *elfdeps.Object) bool) {
	type pair = [2]*elfdeps.Object
	for queue := []pair{{source, image}}; len(queue) > 0 && w.err == nil; queue = queue[1:] {
		s, i := queue[0][0], queue[0][1]
		if w.seen[queue[0]] || !deeper(s, i) {
			continue
		}
		w.seen[queue[0]] = true
		for at, e := range s.Needed {
			if e.To == nil {
				continue // the vdso, or not found at the source either
			}
			found := edgeLike(i, e, at)
			switch {
			case found.To == nil || !w.isSame(e.To, found.To) && !slices.Contains(w.preloaded, found.To):
				w.addLost(s, i, e, found)
			default:
				queue = append(queue, pair{e.To, found.To})
			}
		}
	}
}

// edgeLike returns the edge of o that corresponds to e, the edge number at of
// another object: by name or, for a name with $ORIGIN, by its number and last
// component.
func edgeLike(o *elfdeps.Object, e elfdeps.Edge, at int) elfdeps.Edge {
	for _, have := range o.Needed {
		if have.Name == e.Name && have.To != nil {
			return have
		}
	}
	if strings.Contains(e.Name, "/") && at < len(o.Needed) && path.Base(o.Needed[at].Name) == path.Base(e.Name) {
		return o.Needed[at]
	}
	return elfdeps.Edge{Name: e.Name}
}

// addLost records a loss, once for all levels.
func (w *walk) addLost(s, i *elfdeps.Object, e, found elfdeps.Edge) {
	again := func(l *LostError) bool {
		same := l.Name == e.Name && l.NeededBy == i.Path && l.Source.To.Path == e.To.Path
		return same && (l.Image.To == nil) == (found.To == nil)
	}
	if !slices.ContainsFunc(w.lost, again) {
		w.lost = append(w.lost, &LostError{
			Name: e.Name, NeededBy: i.Path, Level: w.level, Source: e, Image: found, from: s.Path,
		})
	}
}
