package elfdeps

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// openers are the functions by which an object opens libraries by name: those
// of the C library, GLib's and libtool's.
var openers = map[string]bool{
	"dlopen": true, "dlmopen": true, "g_module_open": true, "g_module_open_full": true,
	"lt_dlopen": true, "lt_dlopenext": true, "lt_dlopenadvise": true,
}

var (
	libraryName    = regexp.MustCompile(`^(?:[\w.+/-]*/)?lib[\w.+-]*\.so(?:\.\d+)*$`)
	libraryPattern = regexp.MustCompile(`^[\w.+/%$-]*%[-\w.]*[sd][\w.+/%-]*\.so(?:\.[\d%sd]+)*$`)
)

// Hints are what the strings of an object suggest that it opens with dlopen.
type Hints struct {
	// Names are whole literals that read as a library's name or path. Of those
	// in the programs of a distribution nineteen in twenty are opened.
	Names []string
	// Patterns are literals out of which names are put together: "lib%s.so".
	Patterns []string
}

// DlopenHints returns the literals of the ELF file at path that look like names
// of shared objects, sorted, if it imports dlopen or a function that stands for
// it; none otherwise. Its own name, its interpreter's and those in its
// DT_NEEDED are left out.
func (r *Resolver) DlopenHints(path string) (Hints, error) {
	imports, err := r.Imports(path)
	if err != nil || !slices.ContainsFunc(imports, func(s string) bool { return openers[s] }) {
		return Hints{}, err
	}
	s := r.session()
	f := s.load(s.open(s.abs(path)))
	var h Hints
	err = r.Literals(path, func(b []byte) bool {
		name := string(b[max(0, len(b)-256):])
		if len(b) > 256 || !strings.Contains(name, ".so") {
			return true
		}
		switch {
		case libraryName.MatchString(name) && !f.knows(name):
			h.Names = append(h.Names, name)
		case libraryPattern.MatchString(name):
			h.Patterns = append(h.Patterns, name)
		}
		return true
	})
	h.Names, h.Patterns = sortedSet(h.Names), sortedSet(h.Patterns)
	return h, err
}

// knows tells whether name is one that the file has or needs anyway.
func (f *elfFile) knows(name string) bool {
	return name == f.dyn.soname || name == f.interp ||
		slices.ContainsFunc(f.dyn.needs, func(n need) bool { return n.name == name })
}

func sortedSet[T cmp.Ordered](s []T) []T {
	slices.Sort(s)
	return slices.Compact(s)
}
