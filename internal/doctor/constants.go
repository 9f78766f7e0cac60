package doctor

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// constants calls visit with the string constants of the programs, once for each file.
// It does nothing if all programs are static ones of Go, whose constants are not
// terminated.
func (m *maker) constants(visit func(program string, b []byte)) {
	m.constantsOf(m.programs, visit)
}

// ownConstants is constants for the programs and the libraries that belong to one of
// them: those in a directory of their own, such as /usr/lib/postfix.
func (m *maker) ownConstants(visit func(file string, b []byte)) {
	files := slices.Clone(m.programs)
	for _, soname := range slices.Sorted(maps.Keys(m.libraries)) {
		if name := m.libraries[soname]; !isCommonDir(path.Dir(name)) {
			files = append(files, name)
		}
	}
	m.constantsOf(files, visit)
}

// isCommonDir reports whether dir is a directory for the libraries of all programs: /lib,
// /usr/lib64, /usr/local/lib, or one for an architecture such as /lib/x86_64-linux-gnu.
func isCommonDir(dir string) bool {
	dir = strings.TrimPrefix(strings.TrimPrefix(dir, "/usr"), "/local")
	top, rest, _ := strings.Cut(strings.TrimPrefix(dir, "/"), "/")
	return strings.HasPrefix(top, "lib") && (rest == "" || strings.Contains(rest, "-linux-"))
}

// constantsOf calls visit with the string constants of files, of which each is read once.
func (m *maker) constantsOf(files []string, visit func(file string, b []byte)) {
	if m.literals == nil || m.static {
		return
	}
	seen := map[string]bool{}
	for _, prog := range files {
		n := m.regular(prog)
		if n == nil || seen[identity(n)] {
			continue
		}
		seen[identity(n)] = true
		err := m.literals(prog, func(b []byte) bool {
			if len(b) <= maxConstant {
				visit(prog, b)
			}
			return !m.done()
		})
		if err != nil {
			m.fail(err)
		}
	}
}

// maxConstant is the maximum length of a string constant that is examined.
const maxConstant = 256

// constantPaths returns the paths that want accepts among the string constants of a
// library of the closure, in the order of the file. The library is the one called
// soname, or else the first one whose name begins with it.
func (m *maker) constantPaths(soname string, want func(string) bool) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(m.libraries)) {
		if m.literals == nil || !strings.HasPrefix(name, soname) {
			continue
		}
		err := m.literals(m.libraries[name], func(b []byte) bool {
			isPath := len(b) > 1 && len(b) <= maxConstant && b[0] == '/'
			if isPath && want(string(b)) && !slices.Contains(found, string(b)) {
				found = append(found, string(b))
			}
			return len(found) < maxPaths && !m.done()
		})
		if err != nil {
			m.fail(err)
		}
		return found
	}
	return nil
}

// maxPaths is the maximum number of paths that constantPaths returns. A library is
// configured with one or two.
const maxPaths = 16
