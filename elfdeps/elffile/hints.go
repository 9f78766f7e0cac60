package elffile

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// openers are the functions by which an object opens libraries by name: those
// of the C library, GLib's and libtool's.
var openers = map[string]bool{
	"dlopen": true, "dlmopen": true, "g_module_open": true, "g_module_open_full": true,
	"lt_dlopen": true, "lt_dlopenext": true, "lt_dlopenadvise": true,
}

// Hints are what the strings of an object suggest that it opens with dlopen.
type Hints struct {
	// Names are whole literals that look like a library's name or path. Of those
	// in the programs of a distribution nineteen in twenty are opened.
	Names []string
	// Patterns are literals of which names are composed: "lib%s.so".
	Patterns []string
}

// DlopenHints returns the literals of the file that look like names of shared
// objects, sorted, if it imports dlopen or a function that calls it; none
// otherwise. Its own name, its interpreter's and those in its DT_NEEDED are left
// out. There are at most 1024 of either kind.
func (f *File) DlopenHints() (Hints, error) {
	imports, err := f.Imports()
	if err != nil || !slices.ContainsFunc(imports, func(s string) bool { return openers[s] }) {
		return Hints{}, err
	}
	names, patterns := map[string]bool{}, map[string]bool{}
	err = f.Literals(func(b []byte) bool {
		if len(b) > 256 || !bytes.Contains(b, []byte(".so")) || names[string(b)] || patterns[string(b)] {
			return true
		}
		name := string(b)
		switch {
		case isLibraryName(name) && !f.knows(name):
			names[name] = true
		case isLibraryPattern(name):
			patterns[name] = true
		}
		return len(names) < maxHints && len(patterns) < maxHints
	})
	return Hints{slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(patterns))}, err
}

// maxHints is how many names or patterns of one file are taken.
const maxHints = 1 << 10

// knows reports whether name is one that the file has or needs anyway.
func (f *Info) knows(name string) bool {
	return name == f.Dynamic.Soname || name == f.Interp ||
		slices.ContainsFunc(f.Dynamic.Needed, func(n Needed) bool { return n.Name == name })
}

// isLibraryName reports whether name looks (§16) like that of a library, with or without
// a directory: ^(?:[\w.+/-]*/)?lib[\w.+-]*\.so(?:\.\d+)*$
func isLibraryName(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return strings.HasPrefix(base, "lib") && strings.HasSuffix(trimNumbers(base, ""), ".so") && madeOf(name, "_.+/-")
}

// isLibraryPattern reports whether format looks like one for libraries' names:
// ^[\w.+/%$-]*%[-\w.]*[sd][\w.+/%-]*\.so(?:\.[\d%sd]+)*$
func isLibraryPattern(format string) bool {
	stem, ok := strings.CutSuffix(trimNumbers(format, "%sd"), ".so")
	if !ok || !madeOf(format, "_.+/%$-") {
		return false
	}
	// No "$" may follow the "s" or "d", nor be between it and its "%".
	for at := strings.IndexByte(stem, '%'); at >= 0; at = next(stem, '%', at) {
		for i := at + 1; i < len(stem) && madeOf(stem[i:i+1], "_.-"); i++ {
			if (stem[i] == 's' || stem[i] == 'd') && strings.IndexByte(stem[i:], '$') < 0 {
				return true
			}
		}
	}
	return false
}

// next returns the index of c in s after at, -1 when there is none.
func next(s string, c byte, at int) int {
	if i := strings.IndexByte(s[at+1:], c); i >= 0 {
		return at + 1 + i
	}
	return -1
}

// trimNumbers removes the version from the end of a library's name: ".1.2.3",
// whose numbers consist of digits and the bytes of more.
func trimNumbers(name, more string) string {
	for {
		i := strings.LastIndexByte(name, '.')
		if i < 0 || i == len(name)-1 || strings.Trim(name[i+1:], "0123456789"+more) != "" {
			return name
		}
		name = name[:i]
	}
}

// madeOf reports whether s consists of ASCII letters, digits and the bytes of more.
func madeOf(s, more string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' && !digit(c) || c|0x20 > 'z' {
			if strings.IndexByte(more, c) < 0 {
				return false
			}
		}
	}
	return true
}

func digit(b byte) bool { return b >= '0' && b <= '9' }
