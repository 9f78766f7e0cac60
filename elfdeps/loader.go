package elfdeps

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// loader is a program interpreter: glibc's ld.so or musl's libc.
type loader struct {
	facts
	*elfFile
	layout layout.Layout
	musl   bool
	named  bool // by its name alone
	old    bool // glibc before 2.33 that does not tell its version
	cpus   []cpu

	defaults    *dirList
	legacyFirst []string

	cacheFile *opened // where the cache was read, nil before it is
	ldcache   *ldcache.Cache
}

var (
	errNotExecutable = errors.New("is not executable")
	errOtherMachine  = errors.New("is for another machine")
	errNotELF        = errors.New("is no ELF program")
	errNotDir        = error(syscall.ENOTDIR)
)

// interpreter opens the loader at name, as the kernel does for a program: it
// must be an executable ELF file of the same kind (§2; load_elf_binary).
func (s *session) interpreter(ctx context.Context, name string, program *elfFile) (*opened, *loader, error) {
	o := s.open(s.abs(name))
	switch {
	case o.err != nil:
		return nil, nil, o.err
	case o.node.Info.IsDir(), !o.node.Info.Mode().IsRegular(), !executable(o.node.Info):
		return nil, nil, fmt.Errorf("%w: %w", errNotExecutable, fs.ErrPermission)
	}
	f := s.load(o)
	switch {
	case f.openErr != nil:
		return nil, nil, f.openErr
	case f.Err != nil:
		return nil, nil, f.Err
	case !f.IsELF():
		return nil, nil, errNotELF
	case f.Malformed != nil:
		return nil, nil, f.Malformed
	case f.Class != program.Class || f.Data != program.Data || f.Machine != program.Machine:
		return nil, nil, errOtherMachine
	}
	l, err := s.loaderOf(ctx, f, o, path.Base(name))
	return o, l, err
}

// loaderOf returns what is known about the loader in f, which the program calls
// name.
func (s *session) loaderOf(ctx context.Context, f *elfFile, o *opened, name string) (*loader, error) {
	byName := strings.HasPrefix(name, "ld-musl-")
	if l, ok := s.loader[f]; ok && (!l.named || l.musl == byName) {
		return l, nil
	}
	open, err := s.reopen(ctx, o)
	if err != nil {
		return nil, sysroot.Errno(err)
	}
	defer open.Close()
	found, err := readFacts(f, open)
	if err != nil {
		return nil, err
	}
	l := &loader{facts: found, elfFile: f, layout: layout.Of(f.Class, f.Data)}
	if musl, ok := found.isMusl(); ok {
		l.musl = musl
	} else {
		l.musl, l.named = byName, true
	}
	l.fill()
	if !l.musl {
		l.defaults = &dirList{}
		for _, d := range l.dirs {
			l.defaults.elems = append(l.defaults.elems, listElem{name: d, raw: d})
		}
	}
	s.loader[f] = l
	return l, nil
}

// fill puts upstream's values where the file did not show any.
func (l *loader) fill() {
	l.old = len(l.dirs) > 0 && l.version == 0 && !l.hwcaps
	if up := upstreamOf(l.ABI); up != nil && len(l.dirs) == 0 {
		l.dirs = []string{"/" + up.dirs + "/", "/usr/" + up.dirs + "/"}
	} else if len(l.dirs) == 0 {
		l.dirs = []string{"/lib/", "/usr/lib/"}
	}
	if l.lib == "" {
		l.lib = strings.Trim(l.dirs[0], "/")
	}
	if l.cache == "" {
		l.cache = "/etc/ld.so.cache"
	}
	first := strings.Split(strings.Trim(l.dirs[0], "/"), "/")
	l.debian = l.debian || len(first) == 2 && first[0] == "lib" && strings.Contains(first[1], "-linux-gnu")
	switch {
	case l.version > 0 && l.version < 233 || l.old:
		l.levels = nil
	case l.levels == nil && !l.hwcaps && l.version == 0:
		l.levels = defaultLevels(l.Machine)
	}
	l.cpus = cpus(l.Machine, l.levels)
	if l.path == "" {
		l.path = "/lib:/usr/local/lib:/usr/lib"
	}
}

// cacheOf returns the loader's ld.so.cache, nil when there is none.
func (s *session) cacheOf(l *loader) *ldcache.Cache {
	if l.cacheFile != nil {
		s.note(l.cacheFile)
		return l.ldcache
	}
	l.cacheFile = s.open(l.cache)
	if b, err := s.contents(l.cacheFile, ldcache.MaxSize); err == nil {
		l.ldcache = ldcache.Parse(b, l.ABI)
	}
	return l.ldcache
}

// guess names the loader for a shared object that names none: the one of the
// libc that it needs, else the first that exists.
func (s *session) guess(f *elfFile) string {
	if s.r.Interpreter != "" {
		return s.r.Interpreter
	}
	glibc, musl := "", ""
	if up := upstreamOf(f.ABI); up != nil {
		glibc = up.interp
	}
	if arch := muslArch(f.ABI); arch != "" {
		musl = "/lib/ld-musl-" + arch + ".so.1"
	}
	names := []string{glibc, musl}
	if f.wantsMusl() {
		names = []string{musl, glibc}
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if s.open(s.abs(name)).node != nil {
			return name
		}
	}
	return names[0]
}

// wantsMusl reports whether a shared object was linked against musl.
func (f *elfFile) wantsMusl() bool {
	for _, n := range f.Dynamic.Needed {
		if n.Tag == elf.DT_NEEDED && (n.Name == "libc.so" || strings.HasPrefix(n.Name, "libc.musl-")) {
			return true
		}
	}
	return false
}
