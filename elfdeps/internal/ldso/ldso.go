// Package ldso describes loaders: what is compiled into one, between which
// processors it distinguishes, and which files it accepts as a library.
//
// The values that distributions change are read from the loader's own file, where
// they are plain strings; for the others those of upstream are used. The package
// opens nothing and runs nothing. Its caveat: upstream's values are wrong for a
// loader that was built with others and does not show them. Start with Read.
package ldso

import (
	"debug/elf"
	"io"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
)

// Loader is a program interpreter: glibc's ld.so or musl's libc.
type Loader struct {
	*elffile.Info
	Facts
	Musl   bool
	ByName bool // only the name of the file says whether it is musl's
	CPUs   []CPU

	layout      layout.Layout
	old         bool     // glibc before 2.33 that does not show its version
	legacyNames []string // nil before they are needed
}

// Read returns what is known about the loader f, whose file is read through r and
// which programs call name, without a directory.
func Read(f *elffile.Info, r io.ReaderAt, name string) (*Loader, error) {
	found, err := readFacts(f, r)
	if err != nil {
		return nil, err
	}
	l := &Loader{Info: f, Facts: found, layout: layout.Of(f.Class, f.Data)}
	musl, ok := found.isMusl()
	l.ByName = !ok
	if l.Musl = musl; !ok {
		l.Musl = IsMuslName(name)
	}
	l.fill()
	return l, nil
}

// IsMuslName reports whether musl's loader is called name where the file itself
// does not show whose loader it is.
func IsMuslName(name string) bool { return strings.HasPrefix(name, "ld-musl-") }

// fill puts the values of upstream where the file did not show any.
func (l *Loader) fill() {
	l.old = len(l.Dirs) > 0 && l.Version == 0 && !l.hwcaps
	if up := upstreamOf(l.ABI); up != nil && len(l.Dirs) == 0 {
		l.Dirs = []string{"/" + up.dirs + "/", "/usr/" + up.dirs + "/"}
	} else if len(l.Dirs) == 0 {
		l.Dirs = []string{"/lib/", "/usr/lib/"}
	}
	if l.Lib == "" {
		l.Lib = strings.Trim(l.Dirs[0], "/")
	}
	if l.Cache == "" {
		l.Cache = "/etc/ld.so.cache"
	}
	first := strings.Split(strings.Trim(l.Dirs[0], "/"), "/")
	l.Debian = l.Debian || len(first) == 2 && first[0] == "lib" && strings.Contains(first[1], "-linux-gnu")
	switch {
	case l.Version > 0 && l.Version < 233 || l.old:
		l.Levels = nil
	case l.Levels == nil && !l.hwcaps && l.Version == 0:
		l.Levels = defaultLevels(l.Machine)
	}
	l.CPUs = cpus(l.Machine, l.Levels)
	if l.MuslPath == "" {
		l.MuslPath = "/lib:/usr/local/lib:/usr/lib"
	}
}

// Names returns the paths of the loaders for a shared object that does not name one,
// that of the libc that it needs first. A path is "" when the libc does not support
// the machine.
func Names(f *elffile.Info) []string {
	glibc, musl := "", ""
	if up := upstreamOf(f.ABI); up != nil {
		glibc = up.interp
	}
	if arch := muslArch(f.ABI); arch != "" {
		musl = "/lib/ld-musl-" + arch + ".so.1"
	}
	if needsMusl(f) {
		return []string{musl, glibc}
	}
	return []string{glibc, musl}
}

// needsMusl reports whether a shared object was linked against musl.
func needsMusl(f *elffile.Info) bool {
	for _, n := range f.Dynamic.Needed {
		if n.Tag == elf.DT_NEEDED && (n.Name == "libc.so" || strings.HasPrefix(n.Name, "libc.musl-")) {
			return true
		}
	}
	return false
}

// LegacyNames returns the names that a legacy subdirectory can begin with.
func (l *Loader) LegacyNames() []string {
	if l.legacyNames == nil {
		l.legacyNames = []string{"tls"}
		for _, c := range l.CPUs {
			for _, name := range append(slices.Clone(c.Names), c.Platform) {
				if name != "" && !slices.Contains(l.legacyNames, name) {
					l.legacyNames = append(l.legacyNames, name)
				}
			}
		}
	}
	return l.legacyNames
}

// Legacy reports whether the loader knows legacy subdirectories: glibc removed
// them in 2.37 (§17).
func (l *Loader) Legacy() bool { return l.Version > 0 && l.Version < 237 || l.Version == 0 && l.old }
