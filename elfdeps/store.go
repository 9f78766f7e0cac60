package elfdeps

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/extent"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// fileKey is a file's identity: device and inode, or its real path where the
// file system has no inodes.
type fileKey struct {
	id   sysroot.ID
	real string
}

func keyOf(n *sysroot.Node) fileKey {
	if id, _, ok := sysroot.FileID(n.Info); ok {
		return fileKey{id: id}
	}
	return fileKey{real: n.Real}
}

// store reads each file once, for any number of goroutines.
type store struct {
	root *sysroot.Root

	mu    sync.Mutex
	files map[fileKey]*stored
}

type stored struct {
	once sync.Once
	file elfFile
}

// elfFile is what the search knows of one file.
type elfFile struct {
	*elffile.Info
	openErr error // why it could not be opened: an errno
	// metBy has for each of Dynamic.Versions.Required the last file found to
	// define all of its versions.
	metBy []atomic.Pointer[elfFile]
}

func newStore(root *sysroot.Root) *store {
	return &store{root: root, files: make(map[fileKey]*stored)}
}

// load returns what was read of the file at n.
func (s *store) load(n *sysroot.Node, key fileKey) *elfFile {
	s.mu.Lock()
	e := s.files[key]
	if e == nil {
		e = new(stored)
		s.files[key] = e
	}
	s.mu.Unlock()
	e.once.Do(func() { s.read(&e.file, n) })
	return &e.file
}

// forget drops what was read of a file.
func (s *store) forget(key fileKey) {
	s.mu.Lock()
	delete(s.files, key)
	s.mu.Unlock()
}

func (s *store) read(f *elfFile, n *sysroot.Node) {
	open, err := s.root.OpenNode(n)
	if err != nil {
		f.openErr = sysroot.Errno(err)
		f.Info = &elffile.Info{Path: n.Real, Size: n.Info.Size()}
		return
	}
	defer open.Close()
	f.Info = elffile.Read(open, n.Info.Size(), n.Real)
	f.metBy = make([]atomic.Pointer[elfFile], len(f.Dynamic.Versions.Required))
}

// loadAs reads the file that o leads to as if it had the class and byte order of
// like.
func (s *session) loadAs(o *opened, like *elfFile) (*elfFile, error) {
	open, err := s.root.OpenNode(o.node)
	if err != nil {
		return nil, sysroot.Errno(err)
	}
	defer open.Close()
	f := &elfFile{Info: elffile.ReadAs(open, o.node.Info.Size(), o.node.Real, like.Info)}
	return f, f.Err
}

// opened is what opening a path gave.
type opened struct {
	path   string // absolute
	node   *sysroot.Node
	key    fileKey
	err    error      // its errno
	unread *ReadError // when it is unknown what is there
	file   *elfFile
}

// open looks the absolute path up. The file is read by load.
func (s *session) open(path string) *opened {
	if o, ok := s.opens[path]; ok {
		s.note(o)
		return o
	}
	o := &opened{path: path}
	s.opens[path] = o
	if n, err := s.root.Walk(path); err != nil {
		s.fail(o, err)
	} else if n.Info.Mode()&fs.ModeSocket != 0 {
		o.err = syscall.ENXIO // sock_no_open in the kernel's net/socket.c
	} else {
		o.node, o.key = n, keyOf(n)
	}
	return o
}

// fail sets the errno of o. One that does not mean that the file is absent is
// recorded: the search goes on as the loader's would, but its result is
// uncertain. A directory that this user may not search is skipped by a loader
// that the user starts, too.
func (s *session) fail(o *opened, err error) {
	o.err = sysroot.Errno(err)
	if o.err != error(syscall.EACCES) || !s.root.Denied(o.path) { //nolint:errorlint // an errno
		s.doubt(o, o.err)
	}
}

// doubt records that what o leads to could not be read, unless err says that the
// file is absent.
func (s *session) doubt(o *opened, err error) {
	if sysroot.IsAbsent(err) {
		return
	}
	if o.unread == nil {
		o.unread = &ReadError{o.path, err}
	}
	s.note(o)
}

// note makes the error of reading o one of the current call.
func (s *session) note(o *opened) {
	if o.unread != nil {
		s.unreadNow(o.unread)
	}
}

func (s *session) unreadNow(e *ReadError) {
	if s.unread == nil {
		s.unread = make(map[*ReadError]bool)
	}
	s.unread[e] = true
}

// unreadSince returns what could not be read since it was last called, sorted
// by path.
func (s *session) unreadSince() []*ReadError {
	found := slices.SortedFunc(maps.Keys(s.unread), func(a, b *ReadError) int { return strings.Compare(a.Path, b.Path) })
	clear(s.unread)
	return found
}

// load reads the file that o leads to.
func (s *session) load(o *opened) *elfFile {
	if o.file == nil {
		o.file = s.store.load(o.node, o.key)
	}
	switch {
	case o.file.Err != nil:
		s.doubt(o, o.file.Err)
	case o.file.openErr != nil && o.node.Info.Mode().IsRegular():
		s.doubt(o, o.file.openErr)
	}
	return o.file
}

// reopen opens the regular file that o leads to for reads beyond what load
// does. They fail once ctx has ended.
func (s *session) reopen(ctx context.Context, o *opened) (*reopened, error) {
	open, err := s.root.OpenNode(o.node)
	if err != nil {
		err = sysroot.Errno(err)
		s.doubt(o, err)
		return nil, fmt.Errorf("%s: %w", o.path, err)
	}
	return &reopened{open, ctx, s, o}, nil
}

// reopened is a file that is read beyond what load reads.
type reopened struct {
	file sysroot.File
	ctx  context.Context //nolint:containedctx // it lives as long as the call that it came with
	s    *session
	o    *opened
}

// ReadAt implements io.ReaderAt. Errors are recorded.
func (f *reopened) ReadAt(b []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.file.ReadAt(b, off)
	if err != nil && err != io.EOF { //nolint:errorlint // io.ReaderAt returns EOF itself
		f.s.doubt(f.o, sysroot.Errno(err))
	}
	return n, err
}

// Close implements io.Closer.
func (f *reopened) Close() error { return f.file.Close() }

// contents returns the content of the data file that o leads to, unless it is
// larger than limit.
func (s *session) contents(o *opened, limit int64) ([]byte, error) {
	switch {
	case o.err != nil:
		return nil, o.err
	case o.node.Info.IsDir():
		return nil, syscall.EISDIR
	case !o.node.Info.Mode().IsRegular():
		return nil, syscall.EINVAL
	}
	b, err := s.readWhole(o.node, limit)
	if err != nil {
		s.doubt(o, err)
	}
	return b, err
}

func (s *session) readWhole(n *sysroot.Node, limit int64) ([]byte, error) {
	if n.Info.Size() > limit {
		return nil, &bounded.SizeError{Limit: limit}
	}
	open, err := s.root.OpenNode(n)
	if err != nil {
		return nil, sysroot.Errno(err)
	}
	defer open.Close()
	b, err := extent.Of(n.Info.Size()).Read(open)
	if err != nil && err != io.ErrUnexpectedEOF { //nolint:errorlint // Read returns it as it is
		err = sysroot.Errno(err)
	}
	return b, err
}

// directory is a directory in which libraries are looked for.
type directory struct {
	name  string // as the loader writes it, with a slash at the end; "" is the working directory
	path  string // name made absolute
	err   error  // why it is not a directory
	files map[string]*opened
	none  opened // what is found in it when err is set

	variants *variants // its capability subdirectories, nil before they are looked for
}

// directory returns the directory name, which ends in a slash or is empty.
func (s *session) directory(name string) *directory {
	if d, ok := s.dirs[name]; ok {
		return d
	}
	d := &directory{name: name, path: s.abs(name), files: make(map[string]*opened)}
	s.dirs[name] = d
	d.none.path = strings.TrimRight(d.path, "/")
	if len(name) >= pathMax {
		d.none.err = syscall.ENAMETOOLONG
	} else if n, err := s.root.Walk(d.path); err != nil {
		s.fail(&d.none, err)
	} else if !n.Info.IsDir() {
		d.none.err = errNotDir
	}
	d.err = d.none.err
	return d
}

// relative reports whether the directory is relative; glibc takes such ones to exist.
func (d *directory) relative() bool { return d.name == "" || d.name[0] != '/' }

// executable reports whether the kernel would start the file: any x bit is set.
func executable(info fs.FileInfo) bool { return info.Mode()&0o111 != 0 }
