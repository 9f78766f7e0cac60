package elfdeps

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// Doubtful reports whether an image of c, a closure that r found, may need one of
// the loader's files that relocate.Comparison makes: whether a library was found
// by LD_LIBRARY_PATH, or by ld.so.cache outside the loader's own directories. It
// is a quick check of many programs; only a comparison finds that one file of the
// image hides another.
func (r *Resolver) Doubtful(ctx context.Context, c *Closure) bool {
	dirs, known := r.session().loaderDirs(ctx, c)
	if !known {
		return true
	}
	isDoubtful := func(e Edge) bool {
		switch {
		case e.To == nil:
		case e.Rule == RuleLibraryPath:
			return true
		case e.Rule == RuleCache || e.Rule == RulePreload && !strings.Contains(e.Name, "/"):
			dir, _, _ := strings.Cut(path.Dir(e.Path)+"/", "glibc-hwcaps/")
			return !dirs[e.To.loaderDir(dir)]
		}
		return false
	}
	return slices.ContainsFunc(c.Objects, func(o *Object) bool { return slices.ContainsFunc(o.Needed, isDoubtful) })
}

// loaderDir is a directory that is compiled into the loader of an ABI.
type loaderDir struct {
	abi elffile.ABI // without flags
	dir string
}

func (o *Object) loaderDir(dir string) loaderDir {
	abi := o.ABI
	abi.Flags = 0
	return loaderDir{abi, dir}
}

// loaderDirs returns the directories that are compiled into the glibc loaders of
// c; known is false when one of the loaders cannot be read.
func (s *session) loaderDirs(ctx context.Context, c *Closure) (dirs map[loaderDir]bool, known bool) {
	dirs = map[loaderDir]bool{}
	for _, obj := range c.Objects {
		if obj.Kind != Interpreter {
			continue
		}
		o := s.open(obj.Path)
		if o.err != nil {
			return nil, false
		}
		l, err := s.loaderOf(ctx, s.load(o), o, path.Base(obj.Path))
		if err != nil {
			return nil, false
		}
		if l.Musl {
			continue
		}
		for _, d := range l.Dirs {
			dirs[obj.loaderDir(d)] = true
		}
	}
	return dirs, true
}
