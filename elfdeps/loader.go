package elfdeps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// loader is a program interpreter with the files that belong to it.
type loader struct {
	*ldso.Loader
	file      *elfFile
	defaults  *dirList // glibc: the system directories
	cacheFile *opened  // nil before the cache is read
	ldcache   *ldcache.Cache
}

var (
	errNotExecutable = errors.New("is not executable")
	errOtherMachine  = errors.New("is for another architecture")
	errNotELF        = errors.New("is not an ELF program")
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

// loaderOf returns what is known about the loader f at o, whose base name is
// name.
func (s *session) loaderOf(ctx context.Context, f *elfFile, o *opened, name string) (*loader, error) {
	if l, ok := s.loader[f]; ok && (!l.ByName || l.Musl == ldso.IsMuslName(name)) {
		return l, nil
	}
	open, err := s.reopen(ctx, o)
	if err != nil {
		return nil, sysroot.Errno(err)
	}
	defer open.Close()
	found, err := ldso.Read(f.Info, open, name)
	if err != nil {
		return nil, err
	}
	l := &loader{Loader: found, file: f}
	if !l.Musl {
		l.defaults = &dirList{}
		for _, d := range l.Dirs {
			l.defaults.elems = append(l.defaults.elems, listElem{name: d, raw: d})
		}
	}
	s.loader[f] = l
	return l, nil
}

// cacheOf returns the loader's ld.so.cache, nil when there is none.
func (s *session) cacheOf(l *loader) *ldcache.Cache {
	if l.cacheFile != nil {
		s.note(l.cacheFile)
		return l.ldcache
	}
	l.cacheFile = s.open(l.Cache)
	if b, err := s.contents(l.cacheFile, ldcache.MaxSize); err == nil {
		l.ldcache = ldcache.Parse(b, l.ABI)
	}
	return l.ldcache
}

// guess returns the path of the loader for a shared object that names none: the
// first of the likely ones that exists.
func (s *session) guess(f *elfFile) string {
	if s.r.Interpreter != "" {
		return s.r.Interpreter
	}
	names := ldso.Names(f.Info)
	for _, name := range names {
		if name != "" && s.open(s.abs(name)).node != nil {
			return name
		}
	}
	return names[0]
}
