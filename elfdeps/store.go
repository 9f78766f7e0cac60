package elfdeps

import (
	"io/fs"
	"sync"
	"syscall"

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

// store reads each file once, however many ask for it at the same time.
type store struct {
	root *sysroot.Root

	mu    sync.Mutex
	files map[fileKey]*stored
}

type stored struct {
	once sync.Once
	file elfFile
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

func (s *store) read(f *elfFile, n *sysroot.Node) {
	f.real, f.size = n.Real, n.Info.Size()
	open, err := s.root.OpenNode(n)
	if err != nil {
		f.openErr = sysroot.Errno(err)
		return
	}
	defer open.Close()
	readFile(f, open, nil)
}

// loadAs reads the file that o leads to as if it had the layout l.
func (s *session) loadAs(o *opened, l layout) (*elfFile, error) {
	open, err := s.root.OpenNode(o.node)
	if err != nil {
		return nil, sysroot.Errno(err)
	}
	defer open.Close()
	f := &elfFile{real: o.node.Real, size: o.node.Info.Size()}
	readFile(f, open, &l)
	return f, f.err
}

// opened is what opening a path gave.
type opened struct {
	path string // absolute
	node *sysroot.Node
	key  fileKey
	err  error // its errno
	file *elfFile
}

// open walks path, an absolute one. The file is read by load.
func (s *session) open(path string) *opened {
	if o, ok := s.opens[path]; ok {
		return o
	}
	o := &opened{path: path}
	s.opens[path] = o
	if n, err := s.root.Walk(path); err != nil {
		o.err = sysroot.Errno(err)
	} else if n.Info.Mode()&fs.ModeSocket != 0 {
		o.err = syscall.ENXIO // sock_no_open in the kernel's net/socket.c
	} else {
		o.node, o.key = n, keyOf(n)
	}
	return o
}

// load reads the file that o leads to.
func (s *session) load(o *opened) *elfFile {
	if o.file == nil {
		o.file = s.ahead.timed(o)
	}
	return o.file
}

// directory is a directory in which libraries are looked for.
type directory struct {
	name  string // as the loader writes it, with a slash at the end; "" is the working directory
	path  string // name made absolute
	err   error  // why it is none
	files map[string]*opened
	none  opened // what is found in it when it is none

	variants *variants // its capability subdirectories, nil before they are looked for
}

// directory returns the directory name, which ends in a slash or is empty.
func (s *session) directory(name string) *directory {
	if d, ok := s.dirs[name]; ok {
		return d
	}
	d := &directory{name: name, path: s.abs(name), files: make(map[string]*opened)}
	s.dirs[name] = d
	if len(name) >= pathMax {
		d.err = syscall.ENAMETOOLONG
		d.none.err = d.err
		return d
	}
	n, err := s.root.Walk(d.path)
	switch {
	case err != nil:
		d.err = sysroot.Errno(err)
	case !n.Info.IsDir():
		d.err = errNotDir
	}
	d.none.err = d.err
	return d
}

// relative tells whether glibc counts the directory as existing unseen.
func (d *directory) relative() bool { return d.name == "" || d.name[0] != '/' }

// executable tells whether the kernel would start the file: any x bit is set.
func executable(info fs.FileInfo) bool { return info.Mode()&0o111 != 0 }
