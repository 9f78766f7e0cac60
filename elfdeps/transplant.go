package elfdeps

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Transplant (§13) holds what programs find inside an image to what they find where
// the image's files come from, for each processor that their loaders tell
// apart. What a loader found by its ld.so.cache, by LD_LIBRARY_PATH or in
// musl's .path file, and would not find again, it can mend: Files are the
// loader's files that the image lacks.
//
// A Transplant is not safe for concurrent use, and Image is its own.
type Transplant struct {
	Source, Image *Resolver
	// Same reports whether a file of the image is the one of the source; nil
	// takes those for the same whose real paths are. An error becomes one of
	// Compare's.
	Same func(ctx context.Context, source, image *Object) (bool, error)

	mend remedies
}

// LostError says that a program would not find in the image what it finds at
// its source, or something else.
type LostError struct {
	Name     string // the library
	NeededBy string // path in the image of the object that names it
	Level    string // best glibc-hwcaps level of the processors that this is about; "" when it has none
	Source   Edge   // where it is found at the source
	Image    Edge   // what the image's loader finds; its To is nil for nothing

	from string // path at the source of the object that names it
}

func (e *LostError) Error() string {
	if e.Image.To == nil {
		return fmt.Sprintf("%s: would not be found in the image, where %s needs it", e.Name, e.NeededBy)
	}
	text := fmt.Sprintf("%s: %s would find %s in the image, and finds %s here", e.Name, e.NeededBy, e.Image.To.RealPath, e.Source.To.RealPath)
	if e.Level != "" {
		text += " (on a processor of level " + e.Level + ")"
	}
	return text
}

// Compare starts the program from of the source as the program to of the
// image and returns what it would lose, once for each name and who needs it.
// With a name it is about a dlopen of that name by the program's own code, too.
// What Files can mend is taken for mended. A script stands for the programs
// that its first line names.
//
// The error joins a *ReadError for each file that could not be looked at, here or
// there, and that of ctx.
func (t *Transplant) Compare(ctx context.Context, from, to, name string) ([]*LostError, error) {
	source, image := t.Source.session(), t.Image.session()
	clear(source.unread)
	clear(image.unread)
	if o := source.open(source.abs(from)); o.err == nil && o.node.Info.Mode().IsRegular() && source.load(o).IsScript() {
		return t.compareScripts(ctx, from, to, name)
	}
	t.mend.source, t.mend.image = source, image
	lost, err := t.compare(ctx, from, to, name)
	if err == nil {
		err = ctx.Err()
	}
	errs := []error{err}
	for _, e := range append(source.unreadSince(), image.unreadSince()...) {
		errs = append(errs, e)
	}
	return lost, errors.Join(errs...)
}

func (t *Transplant) compare(ctx context.Context, from, to, name string) ([]*LostError, error) {
	source, image := t.mend.source, t.mend.image
	a := source.start(ctx, from, name, nil)
	if len(a.runs) == 0 {
		return nil, nil
	}
	for {
		b := image.start(ctx, to, name, &t.mend)
		if len(b.runs) != len(a.runs) || ctx.Err() != nil {
			return nil, ctx.Err() // the interpreter is another or none, which Resolve tells
		}
		lost, err := t.match(ctx, a, b)
		if err != nil || !t.mend.learn(a, lost) {
			return lost, err
		}
	}
}

// Doubtful reports whether c, a closure that r found, may need one of the Files
// of a Transplant: whether a library was found by LD_LIBRARY_PATH, or by
// ld.so.cache outside the loader's own directories. It is the quick answer for
// many programs; only Compare sees that a file of the image gets in the way of
// another.
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
			return !dirs[loaderDir{e.To.abi(), dir}]
		}
		return false
	}
	return slices.ContainsFunc(c.Objects, func(o *Object) bool { return slices.ContainsFunc(o.Needed, isDoubtful) })
}

// loaderDir is a directory that the loader of a kind of file searches unasked.
type loaderDir struct {
	abi
	dir string
}

// loaderDirs returns the directories that are built into the glibc loaders of c;
// known is false when one of the loaders cannot be read.
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
		if l.musl {
			continue
		}
		for _, d := range l.dirs {
			dirs[loaderDir{obj.abi(), d}] = true
		}
	}
	return dirs, true
}

// abi tells apart what no loader loads together.
type abi struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
}

func (o *Object) abi() abi { return abi{o.Machine, o.Class, o.Data} }

// compareScripts compares the programs at the ends of a script's chains.
func (t *Transplant) compareScripts(ctx context.Context, from, to, name string) (lost []*LostError, err error) {
	a, _ := t.Source.Resolve(ctx, from)
	b, _ := t.Image.Resolve(ctx, to)
	errs := []error{ctx.Err()}
	for _, e := range append(slices.Clone(a.Errors), b.Errors...) {
		if unread := new(ReadError); errors.As(e, &unread) {
			errs = append(errs, e)
		}
	}
	if len(a.Objects) == 0 || len(b.Objects) == 0 {
		return nil, errors.Join(errs...)
	}
	w := walk{ctx: ctx, same: t.same, seen: map[[2]*Object]bool{}}
	w.into(a.Objects[0], b.Objects[0], func(s, i *Object) bool {
		if s.Kind != Script {
			more, err := t.Compare(ctx, s.Path, i.Path, name)
			lost, errs = append(lost, more...), append(errs, err)
		}
		return s.Kind == Script
	})
	return append(w.lost, lost...), errors.Join(append(errs, w.err)...)
}

func (t *Transplant) same(ctx context.Context, source, image *Object) (bool, error) {
	if t.Same == nil {
		return source.RealPath == image.RealPath, nil
	}
	return t.Same(ctx, source, image)
}

// match compares the runs of two starts, of which many are the same one.
func (t *Transplant) match(ctx context.Context, a, b *start) ([]*LostError, error) {
	w := walk{ctx: ctx, same: t.same}
	done := map[[2]*Closure]bool{}
	for i := range a.runs {
		pair := [2]*Closure{a.runs[i], b.runs[i]}
		if done[pair] {
			continue
		}
		done[pair] = true
		w.level, w.seen, w.preloaded = "", map[[2]*Object]bool{}, nil
		if levels := a.levels(i); len(levels) > 0 {
			w.level = levels[0]
		}
		main := b.runs[i].Objects[0]
		for _, e := range main.Needed {
			if e.Rule == RulePreload {
				w.preloaded = append(w.preloaded, e.To)
			}
		}
		w.into(a.runs[i].Objects[0], main, func(*Object, *Object) bool { return true })
	}
	return w.lost, w.err
}

// levels are the glibc-hwcaps levels of the processor of run i.
func (st *start) levels(i int) []string {
	if st.loader.musl {
		return nil
	}
	return st.loader.cpus[i].levels
}

// walk goes through two closures side by side.
type walk struct {
	ctx       context.Context //nolint:containedctx // it lives as long as the call that it came with
	same      func(ctx context.Context, source, image *Object) (bool, error)
	level     string
	seen      map[[2]*Object]bool
	preloaded []*Object // what the image loads before anything is asked for
	lost      []*LostError
	err       error // the first of same
}

// alike reports whether a file of the image is the one of the source.
func (w *walk) alike(source, image *Object) bool {
	same, err := w.same(w.ctx, source, image)
	if w.err == nil {
		w.err = err
	}
	return same
}

// into compares what two objects need, and goes on into what both need for
// which deeper is true.
func (w *walk) into(source, image *Object, deeper func(source, image *Object) bool) {
	type pair = [2]*Object
	for queue := []pair{{source, image}}; len(queue) > 0 && w.err == nil; queue = queue[1:] {
		s, i := queue[0][0], queue[0][1]
		if w.seen[queue[0]] || !deeper(s, i) {
			continue
		}
		w.seen[queue[0]] = true
		for at, e := range s.Needed {
			if e.To == nil {
				continue // the vdso, or nothing here either
			}
			found := i.edgeLike(e, at)
			switch {
			case found.To == nil || !w.alike(e.To, found.To) && !slices.Contains(w.preloaded, found.To):
				w.lose(s, i, e, found)
			default:
				queue = append(queue, pair{e.To, found.To})
			}
		}
	}
}

// edgeLike finds the edge that e, number at of another object, is here: by
// name, or, when the name was made of $ORIGIN, by its place and last component.
func (o *Object) edgeLike(e Edge, at int) Edge {
	for _, have := range o.Needed {
		if have.Name == e.Name && have.To != nil {
			return have
		}
	}
	if strings.Contains(e.Name, "/") && at < len(o.Needed) && path.Base(o.Needed[at].Name) == path.Base(e.Name) {
		return o.Needed[at]
	}
	return Edge{Name: e.Name}
}

// lose notes a loss, once for all levels.
func (w *walk) lose(s, i *Object, e, found Edge) {
	again := func(l *LostError) bool {
		return l.Name == e.Name && l.NeededBy == i.Path && l.Source.To.Path == e.To.Path && (l.Image.To == nil) == (found.To == nil)
	}
	if !slices.ContainsFunc(w.lost, again) {
		w.lost = append(w.lost, &LostError{Name: e.Name, NeededBy: i.Path, Level: w.level, Source: e, Image: found, from: s.Path})
	}
}
