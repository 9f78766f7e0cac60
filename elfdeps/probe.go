package elfdeps

import (
	"context"
	"debug/elf"
	"io"
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
	if !known && s.isOther(path) {
		return "", nil
	}
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

// isOther reports whether path certainly leads to a regular file that is neither
// an ELF file nor a script, as most of a tree are.
func (s *session) isOther(path string) bool {
	n, err := s.root.Walk(path)
	if err != nil || !n.Info.Mode().IsRegular() {
		return false
	}
	open, err := s.root.OpenNode(n)
	if err != nil {
		return false
	}
	defer open.Close()
	var magic [4]byte
	got, err := open.ReadAt(magic[:], 0)
	if err != nil && err != io.EOF { //nolint:errorlint // io.ReaderAt returns EOF itself
		return false
	}
	return got < 2 || string(magic[:2]) != "#!" && string(magic[:got]) != elf.ELFMAG
}

// probe is Probe for a file that could be read, or is none.
func (o *opened) probe() Kind {
	switch f := o.file; {
	case f == nil || f.openErr != nil:
		return ""
	case f.IsScript():
		return Script
	case f.Check(o.path) != nil:
		return ""
	case f.HasInterp || f.Type == elf.ET_EXEC:
		return Executable
	}
	return Library
}
