package pack

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/relocate"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// verify checks that the tree is consistent, that it has the programs and their
// interpreters, and that the image's loader, with the environment of the image, finds
// every library.
func verify(ctx context.Context, sys system, c contents, in imageSearch) error {
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
	errs, reported := lostErrors(in.lost)
	var names []string
	for _, p := range sys.programs {
		names = append(names, p.Dest)
	}
	_, err := in.resolver().Resolve(ctx, names...)
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
			errs = append(errs, fmt.Errorf("in the image: %w", e))
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

// lostErrors returns an error for each library that the image's loader would not find,
// with a hint, and the set of their names. A library that is only found as already
// loaded is not reported again.
func lostErrors(lost []*relocate.LostError) (errs []error, names map[string]bool) {
	names = map[string]bool{}
	reported := map[string]bool{}
	for _, l := range lost {
		names[l.Name] = true
		if l.Source.Rule == elfdeps.RuleAlreadyLoaded && reported[l.Source.Path] {
			continue
		}
		reported[l.Source.Path] = true
		errs = append(errs, usererr.WithHint(l, lostHint(l)))
	}
	return errs, names
}

// lostHint returns a hint how to let the image's loader find a library.
func lostHint(l *relocate.LostError) string {
	dir, element := path.Dir(l.Source.Path), quote.ShellWord(l.Source.Element)
	variable := quote.ShellWord("LD_LIBRARY_PATH=" + dir)
	switch rule := l.Source.Rule; {
	case rule == elfdeps.RuleLibraryPath:
		return "add -e " + variable + ": it was found by LD_LIBRARY_PATH"
	case rule == elfdeps.RulePreload:
		return "add --lib " + quote.ShellWord(l.Name) + ": " + element + " names it"
	case rule == elfdeps.RuleCache:
		return "add -e " + variable + ", or leave out the other library of this name: it was found by ld.so.cache"
	case rule != elfdeps.RuleRpath && rule != elfdeps.RuleRunpath:
		return ""
	case strings.Contains(l.Source.Element, "ORIGIN"):
		return "leave out :DEST, so that both move together: it was found by " + element + " beside the program"
	case !path.IsAbs(l.Source.Element):
		return "add --workdir DIR: it was found by " + element + ", which depends on the working directory"
	}
	return ""
}
