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

// DlopenHints returns the literals of the file that look like names of shared
// objects, sorted, if it imports dlopen or a function that calls it; none
// otherwise. Its own name, its interpreter's and those in its DT_NEEDED are left
// out. There are at most 1024. Of those in the programs of a distribution nineteen in
// twenty are opened.
func (f *File) DlopenHints() ([]string, error) {
	imports, err := f.Imports()
	if err != nil || !slices.ContainsFunc(imports, func(s string) bool { return openers[s] }) {
		return nil, err
	}
	names := map[string]bool{}
	err = f.Literals(func(b []byte) bool {
		if len(b) > 256 || !bytes.Contains(b, []byte(".so")) || names[string(b)] {
			return true
		}
		if name := string(b); isLibraryName(name) && !f.knows(name) {
			names[name] = true
		}
		return len(names) < maxHints
	})
	return slices.Sorted(maps.Keys(names)), err
}

// maxHints is the maximum number of names of one file.
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
	return strings.HasPrefix(base, "lib") && strings.HasSuffix(trimNumbers(base), ".so") && madeOf(name, "_.+/-")
}

// trimNumbers removes the version from the end of a library's name: ".1.2.3".
func trimNumbers(name string) string {
	for {
		i := strings.LastIndexByte(name, '.')
		if i < 0 || i == len(name)-1 || strings.Trim(name[i+1:], "0123456789") != "" {
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
