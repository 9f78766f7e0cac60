package doctor

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// modules adds the shared objects that the configuration files name, as in load_module
// of nginx, LoadModule of Apache and extension of PHP. Relative names are looked up in
// the directories that are strings of the programs.
func (m *maker) modules() {
	if m.configs.ModulesErr != nil {
		m.fail(m.configs.ModulesErr)
		return
	}
	for _, list := range m.configs.Modules {
		m.named(list.Names, "named in "+list.File)
	}
}

// named adds the shared objects with the names words.
func (m *maker) named(words []string, why string) {
	var dirs []string
	looked := false
	for _, word := range words {
		if path.IsAbs(word) {
			m.module(word, why)
			continue
		}
		if !looked {
			dirs, looked = m.programDirs(), true
		}
		_ = slices.ContainsFunc(dirs, func(dir string) bool { return m.module(path.Join(dir, word), why) })
	}
}

// module adds a shared object, and reports whether it exists. Other files called .so,
// such as linker scripts, do not count.
func (m *maker) module(name, why string) bool { return m.isELF(name) && m.plugin(name, why) }

// isELF reports whether name leads to an ELF file.
func (m *maker) isELF(name string) bool {
	f, _ := m.open(name)
	if f == nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	if got, err := f.ReadAt(magic[:], 0); got < len(magic) {
		if !errors.Is(err, io.EOF) {
			m.fail(fmt.Errorf("%s: %w", name, err))
		}
		return false
	}
	return string(magic[:]) == elf.ELFMAG
}

// programDirs returns the directories below /usr, /opt and /lib that are string constants
// of the programs, or in such a string with configure options.
func (m *maker) programDirs() (dirs []string) {
	seen := map[string]bool{}
	m.constants(func(_ string, b []byte) {
		s := strings.TrimRight(string(b), "/")
		if !strings.HasPrefix(s, "/usr/") && !strings.HasPrefix(s, "/opt/") && !strings.HasPrefix(s, "/lib/") {
			return
		}
		if !seen[s] && m.directory(s) != nil {
			seen[s] = true
			dirs = append(dirs, s)
		}
	})
	return dirs
}
