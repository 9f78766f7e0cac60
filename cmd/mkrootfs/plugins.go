package main

import (
	"context"
	"errors"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/overlay"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addPlugins brings the closures of the ELF files that --copy or a group
// brought since it was last called. They are resolved where they stand in the
// image, over the source: a library that was copied along is found beside them,
// any other where the source has it.
func (p *packing) addPlugins(ctx context.Context) error {
	if len(p.plugins) == p.donePlugins && len(p.inTrees) == p.doneInTrees {
		return nil
	}
	p.over = &elfdeps.Resolver{FS: overlay.New(p.tree.FS(), p.src.Root), LibraryPath: p.resolver.LibraryPath}
	plugins := p.keepObjects(ctx, &p.plugins, &p.donePlugins)
	inTrees := p.keepObjects(ctx, &p.inTrees, &p.doneInTrees)
	found, err := p.closuresOf(ctx, p.over, plugins)
	if err != nil {
		return err
	}
	// Of a whole tree not every file need be usable: a plugin whose libraries
	// are absent here was not usable here either.
	trees, err := p.closuresOf(ctx, p.over, inTrees)
	if err := errors.Join(ctx.Err(), unread(err)); err != nil {
		return err
	}
	if err != nil {
		p.warnings = append(p.warnings, p.notable(flatten(err))...)
	}
	p.closure.Merge(found)
	p.closure.Merge(trees)
	return p.addFound(append(found.Opened, trees.Opened...))
}

// keepObjects removes from list the files behind the first done that are
// neither ELF files nor scripts, most of what a tree holds, and returns the
// others.
func (p *packing) keepObjects(ctx context.Context, list *[]string, done *int) []string {
	objects := slices.DeleteFunc((*list)[*done:], func(name string) bool {
		kind, err := p.over.Probe(ctx, name)
		return kind == "" && err == nil // closuresOf returns the error
	})
	*list = slices.Clip((*list)[:*done+len(objects)])
	*done = len(*list)
	return objects
}

// notable leaves out of what went wrong in a tree what means nothing: files that
// are no objects after all, library files that begin like scripts, and names
// that another file of the tree has, which whoever loads the tree loads first
// by its path.
func (p *packing) notable(errs []error) []error {
	bases := map[string]bool{}
	for _, name := range append(p.inTrees, p.plugins...) {
		bases[baseOf(name)] = true
	}
	var out []error
	for _, e := range errs {
		var notELF *elffile.KindError
		var interp *elfdeps.InterpreterError
		var missing *elfdeps.MissingError
		switch {
		case errors.As(e, &notELF), errors.As(e, &interp):
		case errors.As(e, &missing) && bases[missing.Name]:
		default:
			out = append(out, e)
		}
	}
	return out
}

// unread joins what in err is about a file that could not be looked at. It may
// be one that the image must have, so that no run goes on after it.
func unread(err error) error {
	var errs []error
	for _, e := range flatten(err) {
		if at := new(elfdeps.ReadError); errors.As(e, &at) {
			errs = append(errs, e)
		}
	}
	return errors.Join(errs...)
}

// addFound adds what the tree has not got yet.
func (p *packing) addFound(opened []string) error {
	have := p.tree.FS()
	var errs []error
	for _, name := range opened {
		if f, err := have.Open(name); err == nil {
			_ = f.Close()
			continue
		}
		if p.moved[name] {
			continue
		}
		if p.later(name) {
			continue
		}
		errs = append(errs, p.tree.AddFrom(p.src.Root, name, rootfs.CopyOptions{}))
	}
	return errors.Join(errs...)
}

// closuresOf resolves programs as programs and shared objects as what the
// first program dlopens; other files are passed over.
func (p *packing) closuresOf(ctx context.Context, r *elfdeps.Resolver, files []string) (*elfdeps.Closure, error) {
	var programs, objects []string
	for _, name := range files {
		kind, err := r.Probe(ctx, name)
		if err != nil {
			return nil, err
		}
		switch kind {
		case elfdeps.Executable, elfdeps.Script:
			programs = append(programs, name)
		case elfdeps.Library:
			objects = append(objects, name)
		}
	}
	closure, err := r.Resolve(ctx, programs...)
	if len(objects) == 0 {
		return closure, err
	}
	opened, openErr := r.Dlopen(ctx, p.programs[0].Dest, objects...)
	closure.Merge(opened)
	return closure, errors.Join(err, openErr)
}
