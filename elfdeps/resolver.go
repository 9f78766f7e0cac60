package elfdeps

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Resolver finds what programs load. Its zero value works on this machine. It
// remembers what it has read, so FS must stay the same; the other fields may
// change between calls. It is not safe for concurrent use, but several
// Resolvers may share one file system.
type Resolver struct {
	// FS is the file system, whose root is "/"; nil is that of this machine.
	// Its files must implement io.ReaderAt.
	FS fs.ReadLinkFS
	// Dir is the working directory inside FS, absolute; "" is "/".
	Dir string
	// LibraryPath, Preload and Audit are the values of LD_LIBRARY_PATH,
	// LD_PRELOAD and LD_AUDIT with which the programs will be started.
	LibraryPath, Preload, Audit string
	// Path is the value of PATH, in which env looks for the program that a
	// script names; "" is the usual path of the superuser.
	Path string
	// Interpreter is the loader of shared objects, which do not name one; "" is
	// the one that their ELF header suggests.
	Interpreter string

	shared *session
}

// Resolve returns what the kernel and the loader open when each of paths is
// started: a program, a script, or a shared object as if it was dlopened. Each
// is resolved on its own; the closure is the union, in load order.
//
// The closure is never nil. The error joins all of Closure.Missing and
// Closure.Errors. A file that is neither a program nor a shared object nor a
// script has an error and no Object.
func (r *Resolver) Resolve(ctx context.Context, paths ...string) (*Closure, error) {
	s := r.session()
	c := &Closure{}
	s.resolveAll(ctx, c, paths)
	if err := ctx.Err(); err != nil {
		return c, err
	}
	return c, c.Err()
}

// Dlopen returns what program loads, and for each of names what a dlopen of that
// name by the program's own code would load then. Each name is resolved on its
// own, as if the others had not been opened.
func (r *Resolver) Dlopen(ctx context.Context, program string, names ...string) (*Closure, error) {
	s := r.session()
	c := &Closure{}
	s.resolve(ctx, c, s.abs(program), names)
	if err := ctx.Err(); err != nil {
		return c, err
	}
	return c, c.Err()
}

// manyPaths is the number of programs from which on they are resolved in parallel.
const manyPaths = 16

// resolveAll adds to c what each of paths loads. Many are divided among several
// goroutines, which share what is read of files and nothing else; the results are
// joined in the order of paths.
func (s *session) resolveAll(ctx context.Context, c *Closure, paths []string) {
	if len(paths) < manyPaths {
		for _, p := range paths {
			s.resolve(ctx, c, s.abs(p), nil)
		}
		return
	}
	results := make([]Closure, len(paths))
	var next atomic.Int64
	var all guard.Group
	for range min(runtime.GOMAXPROCS(0), 8) {
		all.Go(func() {
			own := s.fork()
			for i := next.Add(1) - 1; i < int64(len(paths)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				own.resolve(ctx, &results[i], s.abs(paths[i]), nil)
			}
		})
	}
	all.Wait()
	for i := range results {
		c.Merge(&results[i])
	}
}

// File opens the ELF file at path. Its headers are read once by a Resolver. The
// error is an *elffile.KindError or an *elffile.FormatError for a file that is
// neither a program nor a shared object, and a *ReadError for one that could not
// be read. Reads from the File fail once ctx has ended. The caller closes it, and
// does not use it at the same time as r.
func (r *Resolver) File(ctx context.Context, path string) (*elffile.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := r.session()
	o := s.open(s.abs(path))
	if o.err != nil {
		return nil, fmt.Errorf("%s: %w", path, o.err)
	}
	f := s.load(o)
	switch {
	case o.unread != nil:
		return nil, o.unread
	case f.openErr != nil:
		return nil, fmt.Errorf("%s: %w", path, f.openErr)
	}
	if err := f.Check(path); err != nil {
		return nil, err
	}
	open, err := s.reopen(ctx, o)
	if err != nil {
		return nil, err
	}
	file, err := elffile.With(f.Info, path, open)
	if err != nil {
		_ = open.Close()
	}
	return file, err
}

// defines reports whether the file that o leads to, whose headers are f, defines
// all of names.
func (s *session) defines(ctx context.Context, o *opened, f *elffile.Info, names ...string) (bool, error) {
	if !f.HasSymbolTable() {
		return false, nil
	}
	open, err := s.reopen(ctx, o)
	if err != nil {
		return false, err
	}
	defer open.Close()
	return f.Defines(open, names...)
}

// session is what the calls of one Resolver share.
type session struct {
	r      Resolver
	root   *sysroot.Root
	store  *store
	opens  map[string]*opened
	dirs   map[string]*directory
	lists  map[listKey]*dirList
	loader map[*elfFile]*loader
	names  map[string]*linkMap // of the current run of glibc's loader
	unread map[*ReadError]bool // since the current call began
}

// session returns what the resolver remembers.
func (r *Resolver) session() *session {
	if r.shared == nil || r.shared.r.Dir != r.Dir {
		root := sysroot.Host("/")
		if r.FS != nil {
			root = sysroot.New(r.FS)
		}
		s := (&session{root: root, store: newStore(root)}).fork()
		r.shared = s
	}
	r.shared.r = *r
	r.shared.r.shared = nil
	return r.shared
}

// fork returns a session that shares with s only what is read of files.
func (s *session) fork() *session {
	return &session{
		r: s.r, root: s.root, store: s.store,
		opens: make(map[string]*opened), dirs: make(map[string]*directory),
		lists: make(map[listKey]*dirList), loader: make(map[*elfFile]*loader),
		names: make(map[string]*linkMap),
	}
}

// abs makes a path absolute as the kernel does: by the working directory.
func (s *session) abs(p string) string {
	if len(p) > 0 && p[0] == '/' {
		return p
	}
	dir := s.r.Dir
	if dir == "" || dir == "/" {
		return "/" + p
	}
	return dir + "/" + p
}

// resolve adds to c what starting path loads, and what dlopening names in it does.
func (s *session) resolve(ctx context.Context, c *Closure, path string, names []string) {
	if ctx.Err() != nil {
		return
	}
	clear(s.unread)
	defer s.addUnread(c)
	o := s.open(path)
	switch {
	case o.unread != nil: // which addUnread reports
	case o.err != nil:
		c.addError(&fs.PathError{Op: "open", Path: path, Err: o.err})
	case o.node.Info.IsDir():
		c.addError(&elffile.KindError{Path: path, Is: "a directory"})
	case !o.node.Info.Mode().IsRegular():
		c.addError(&elffile.KindError{Path: path, Is: "a special file"})
	default:
		s.resolveFile(ctx, c, o, names)
	}
}

// addUnread adds to c what could not be read and no error of c reports.
func (s *session) addUnread(c *Closure) {
	for _, e := range s.unreadSince() {
		if !slices.ContainsFunc(c.Errors, e.reportedBy) {
			c.addError(e)
		}
	}
}

func (s *session) resolveFile(ctx context.Context, c *Closure, o *opened, names []string) {
	f := s.load(o)
	switch {
	case o.unread != nil: // which addUnread reports
	case f.openErr != nil:
		c.addError(&fs.PathError{Op: "open", Path: o.path, Err: f.openErr})
	case f.IsScript():
		s.script(ctx, c, o, names)
	default:
		if err := f.Check(o.path); err != nil {
			c.addError(err)
			return
		}
		s.program(ctx, c, o, names)
	}
}
