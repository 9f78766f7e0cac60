package doctor

import (
	"maps"
	"slices"
	"strings"
)

// constants calls visit with the string constants of the programs, each file
// once. There are none when all programs are static ones of Go, whose constants
// have no end.
func (m *maker) constants(visit func(program string, b []byte)) {
	if m.literals == nil || m.static {
		return
	}
	seen := map[string]bool{}
	for _, prog := range m.programs {
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

// maxConstant is the longest string constant that is looked at.
const maxConstant = 256

// constantPaths returns the paths that want accepts among the string constants
// of the closure's library soname, or of the first one whose name begins so, in
// the order of the file.
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

// maxPaths is how many paths of a library are looked at, the first ones. A
// library was configured with one or two.
const maxPaths = 16
