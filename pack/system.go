package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// system is the source with the programs that were found there, and the resolver that
// finds what they load.
type system struct {
	*source.Source
	search   *elfdeps.Resolver
	programs []Program
	libs     []string // --lib
	owners   owner.Table
}

// findPrograms looks up args, each PROGRAM[:DEST], in src.
func findPrograms(src *source.Source, args []string) (programs []Program, err error) {
	found, errs := src.FindAll(args)
	for _, p := range found {
		programs = append(programs, Program(p))
	}
	return programs, errors.Join(errs...)
}

// hasSetID reports whether a program has a set-id bit, so that its loader ignores
// LD_LIBRARY_PATH and $ORIGIN.
func hasSetID(sys system) bool {
	return slices.ContainsFunc(sys.programs, func(p Program) bool {
		n, err := sys.Root.Walk(p.Src)
		return err == nil && n.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0
	})
}

// isStarted reports whether p is meant to be started. A shared object may be named as
// a program, too; if it names a loader, its x bit decides.
func isStarted(sys system, closure *elfdeps.Closure, p Program) bool {
	o := closure.Object(p.Src)
	if o == nil || o.Soname == "" {
		return o == nil || o.Kind != elfdeps.Library
	}
	n, err := sys.Root.Walk(o.Path)
	return err != nil || n.Info.Mode()&0o111 != 0 && o.Kind != elfdeps.Library
}

// checkExecutable returns an error for each program that the kernel would not
// start because it has no x bit.
func checkExecutable(sys system, closure *elfdeps.Closure) error {
	var errs []error
	for _, p := range sys.programs {
		o := closure.Object(p.Src)
		if o == nil || !isStarted(sys, closure, p) {
			continue
		}
		n, err := sys.Root.Walk(o.Path)
		switch {
		case sysroot.IsAbsent(err):
		case err != nil:
			errs = append(errs, err)
		case n.Info.Mode()&0o111 == 0:
			err := fmt.Errorf("%s: not executable", p.Arg)
			errs = append(errs, usererr.WithHint(err, "chmod +x "+quote.ShellPath(p.Arg)))
		}
	}
	return errors.Join(errs...)
}

// loadClosure returns what the loader opens for the programs, and for each --lib as if
// the first program dlopened it.
func loadClosure(ctx context.Context, sys system) (*elfdeps.Closure, error) {
	var names []string
	for _, p := range sys.programs {
		names = append(names, p.Src)
	}
	closure, err := sys.search.Resolve(ctx, names...)
	if len(sys.libs) == 0 || ctx.Err() != nil {
		return closure, err
	}
	more, _ := sys.search.Dlopen(ctx, sys.programs[0].Src, sys.libs...)
	closure.Merge(more)
	return closure, closure.Err()
}

// baseName returns the part of name after its last slash, "" if it ends in one.
func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
