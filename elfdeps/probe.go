package elfdeps

import "debug/elf"

// Probe returns what the file path would be in a closure of its own, without
// looking for anything it needs: Executable, Library or Script; "" for a file
// that is none of them, or that cannot be read. What has a PT_INTERP, or is
// linked at a fixed address, counts as an executable.
func (r *Resolver) Probe(path string) Kind {
	s := r.session()
	o := s.open(s.abs(path))
	if o.err != nil || !o.node.Info.Mode().IsRegular() {
		return ""
	}
	f := s.load(o)
	switch {
	case f.openErr != nil || f.err != nil:
		return ""
	case isScript(f):
		return Script
	case classify(f, path) != nil:
		return ""
	case f.hasIntp || f.typ == elf.ET_EXEC:
		return Executable
	}
	return Library
}
