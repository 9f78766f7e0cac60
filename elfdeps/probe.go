package elfdeps

import (
	"context"
	"debug/elf"
	"io"
)

// Probe returns the kind of the file at path, without looking for anything that
// it needs: Executable, Library or Script; "" for a file that is none of them,
// or that does not exist. A file with a PT_INTERP or a fixed address counts as an
// executable. The error is a *ReadError for a file that could not be read, or
// that of ctx. Unlike File it is made for whole trees, of which most files are
// neither: these are not remembered.
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
	if kind == "" && !known { // most files of a tree, of which there may be many
		delete(s.opens, path)
		s.store.forget(o.key)
	}
	return kind, nil
}

// isOther reports whether path certainly leads to a regular file that is neither
// an ELF file nor a script. It reads four bytes.
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

// probe is Probe for a file that is already read, if it can be.
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
