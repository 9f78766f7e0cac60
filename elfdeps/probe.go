package elfdeps

import (
	"context"
	"debug/elf"
)

// Probe returns what the file path would be in a closure of its own, without
// looking for anything it needs: Executable, Library or Script; "" for a file
// that is none of them, or that is not there. What has a PT_INTERP, or is
// linked at a fixed address, counts as an executable. The error is a *ReadError
// for a file that could not be looked at, or that of ctx.
func (r *Resolver) Probe(ctx context.Context, path string) (Kind, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s := r.session()
	path = s.abs(path)
	_, known := s.opens[path]
	o := s.open(path)
	if o.err == nil && o.node.Info.Mode().IsRegular() {
		s.load(o)
	}
	if o.unread != nil {
		return "", o.unread
	}
	kind := o.probe()
	if kind == "" && !known { // most of a tree is none, and there may be many
		delete(s.opens, path)
		s.store.forget(o.key)
	}
	return kind, nil
}

// probe is Probe for a file that could be read, or is none.
func (o *opened) probe() Kind {
	switch f := o.file; {
	case f == nil || f.openErr != nil:
		return ""
	case isScript(f):
		return Script
	case classify(f, o.path) != nil:
		return ""
	case f.hasIntp || f.typ == elf.ET_EXEC:
		return Executable
	}
	return Library
}
