package pack

import (
	"context"
	"errors"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// addClosures adds the closures of the pending candidates, which are resolved at their
// paths in the image.
func addClosures(ctx context.Context, sys system, c contents) (contents, error) {
	if len(c.pending) == 0 {
		return c, nil
	}
	merged := c.merged(sys)
	named, inTrees, err := probe(ctx, merged, c.pending)
	if err == nil {
		inTrees.libraries, err = loadable(ctx, merged, c.closure, inTrees.libraries)
	}
	if err != nil {
		return c, err
	}
	c.pending = nil
	c.objects = append(append(c.objects, named.all...), inTrees.all...)
	found, err := closureOf(ctx, merged, sys, named)
	if err != nil {
		return c, err
	}
	trees, err := closureOf(ctx, merged, sys, inTrees)
	if err := errors.Join(ctx.Err(), readErrors(err)); err != nil {
		return c, err
	}
	if err != nil {
		for _, e := range notable(usererr.Flatten(err), c.objects) {
			c.warnings = append(c.warnings, warningOf(e))
		}
	}
	found.Merge(trees)
	c.closure.Merge(found)
	return c, addFound(sys, c, found, Reason{Cause: LoaderFile, Text: "reads it"})
}

// probed are the candidates that are objects.
type probed struct {
	all       []candidate
	programs  []string // executables and scripts
	libraries []string
}

// probe returns the candidates that are ELF files or scripts, those of trees separately.
func probe(ctx context.Context, merged *elfdeps.Resolver, list []candidate) (named, inTrees probed, err error) {
	for _, one := range list {
		kind, err := merged.Probe(ctx, one.path)
		if err != nil {
			return named, inTrees, err
		}
		to := &named
		if one.inTree {
			to = &inTrees
		}
		switch {
		case kind == elfdeps.Script && one.packaged:
			continue
		case kind == elfdeps.Executable, kind == elfdeps.Script:
			to.programs = append(to.programs, one.path)
		case kind == elfdeps.Library:
			to.libraries = append(to.libraries, one.path)
		}
		if kind != "" {
			to.all = append(to.all, one)
		}
	}
	return named, inTrees, nil
}

// loadable returns the libraries for the same kind of machine as the first program of
// closure. It cannot open the others, which packages for several systems contain.
func loadable(
	ctx context.Context, merged *elfdeps.Resolver, closure *elfdeps.Closure, libraries []string,
) (out []string, err error) {
	i := slices.IndexFunc(closure.Objects, func(o *elfdeps.Object) bool { return o.Kind != elfdeps.Script })
	if i < 0 {
		return libraries, nil
	}
	main := closure.Objects[i].ABI
	for _, name := range libraries {
		f, err := merged.File(ctx, name)
		if err != nil {
			return nil, err
		}
		if f.Machine == main.Machine && f.Class == main.Class && f.Data == main.Data {
			out = append(out, name)
		}
		_ = f.Close()
	}
	return out, nil
}

// closureOf returns the closure of p. Libraries are resolved as if the first program
// of the image dlopened them.
func closureOf(ctx context.Context, merged *elfdeps.Resolver, sys system, p probed) (*elfdeps.Closure, error) {
	closure, err := merged.Resolve(ctx, p.programs...)
	if len(p.libraries) == 0 {
		return closure, err
	}
	opened, openErr := merged.Dlopen(ctx, sys.programs[0].Dest, p.libraries...)
	closure.Merge(opened)
	return closure, errors.Join(err, openErr)
}

// notable returns the errors about files of a tree that deserve a warning. It leaves
// out files that are not objects, interpreters that do not exist, since library files
// of languages may begin with "#!", and libraries whose base name another file of the
// tree has, since a program often loads such a file by its path first.
func notable(errs []error, objects []candidate) (out []error) {
	for _, e := range errs {
		var notELF *elffile.KindError
		var interp *elfdeps.InterpreterError
		var missing *elfdeps.MissingError
		switch {
		case errors.As(e, &notELF), errors.As(e, &interp):
		case errors.As(e, &missing) && hasBase(objects, missing.Name):
		default:
			out = append(out, e)
		}
	}
	return out
}

// hasBase reports whether one of the objects has the given base name.
func hasBase(objects []candidate, name string) bool {
	return slices.ContainsFunc(objects, func(o candidate) bool { return baseName(o.path) == name })
}

// readErrors returns the part of err about files that could not be read. Such an error
// ends the run, since the image may need the file.
func readErrors(err error) error {
	var errs []error
	for _, e := range usererr.Flatten(err) {
		if at := new(elfdeps.ReadError); errors.As(e, &at) {
			errs = append(errs, e)
		}
	}
	return errors.Join(errs...)
}
