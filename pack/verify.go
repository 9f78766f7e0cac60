package pack

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/inimage"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// searched is how the image's loader searches, and what it does not find.
type searched struct {
	inimage.Search
	lost []*relocate.LostError
}

// verify checks that the tree is consistent, that it has the programs and their
// interpreters, and that the image's loader, with the environment of the image, finds
// every library.
func verify(ctx context.Context, sys system, c contents, in searched) error {
	for _, o := range c.closure.Objects {
		if o.Kind == elfdeps.Interpreter && o.Interp == "" {
			c.tree.Require(o.Path, true, "the program interpreter")
		}
	}
	for _, p := range sys.programs {
		c.tree.Require(p.Dest, isStarted(sys, c.closure, p), "the program "+path.Base(p.Dest))
	}
	if err := c.tree.Check(); err != nil {
		return err
	}
	errs, reported := inimage.LostErrors(in.lost)
	var names []string
	for _, p := range sys.programs {
		names = append(names, p.Dest)
	}
	_, err := in.Resolver().Resolve(ctx, names...)
	if err == nil || ctx.Err() != nil {
		return errors.Join(append(errs, ctx.Err())...)
	}
	for _, e := range usererr.Flatten(err) {
		var missing *elfdeps.MissingError
		var interp *elfdeps.InterpreterError
		switch {
		case errors.As(e, &interp) && isLibraryAt(sys, c.closure, interp.Path):
			// The library names no interpreter; the resolver has guessed one.
		case !errors.As(e, &missing):
			errs = append(errs, inimage.Failed(e, c.closure))
		case !reported[missing.Name]:
			errs = append(errs, fmt.Errorf("%s: needed by %s, but its loader would not find it in the image",
				missing.Name, missing.NeededBy))
		}
	}
	return errors.Join(errs...)
}

// isLibraryAt reports whether dest is the path in the image of a shared object that
// was named as a program.
func isLibraryAt(sys system, closure *elfdeps.Closure, dest string) bool {
	return slices.ContainsFunc(sys.programs, func(p Program) bool {
		return p.Dest == dest && !isStarted(sys, closure, p)
	})
}
