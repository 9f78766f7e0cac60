// Package sysroot reads a directory as if it were "/".
//
// It resolves every path itself, component by component, instead of the kernel: an
// absolute symlink starts again at the top of the tree, ".." stops there, and
// nothing outside is read. It records the symlinks and directories on the way,
// since an image must have them, too.
//
// This holds also if the owner of a directory of the tree replaces it by a symlink
// at the same time. On this machine each directory is opened once, by its name in a
// descriptor of its parent and without following symlinks (O_NOFOLLOW), and its
// files are accessed relative to its descriptor: fstatat(2), readlinkat(2),
// openat(2) with O_NOFOLLOW, and fgetxattr(2) on an open file. The kernel never
// resolves "..". Up to 64 directories are kept open (see maxDirs). When a file is
// opened it must be the one that was seen before (see Unchanged), and a directory
// must still be one: else the error is ErrChanged.
//
// The package never writes and never executes anything. Its caveat: a Root
// remembers the directories and symlinks that it has seen, up to a limit, so later
// changes of them mostly have no effect. Start with New (any file system) or Host
// (a directory of this machine).
package sysroot

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"syscall"
)

// maxLinks is how many symlinks one walk may follow before the error is ELOOP:
// MAXSYMLINKS of the Linux kernel (fs/namei.c).
const maxLinks = 40

// maxFollowed is how many symlinks one walk resolves before it ends. It is more
// than maxLinks, so that half of a very long chain of symlinks is known to be too
// long after one walk, and not many more, since each symlink may have a text of
// thousands of components.
const maxFollowed = 2 * maxLinks

// maxNodes is how many nodes are made before all of them are forgotten. It is more
// than the directories and symlinks that the programs of a large system need, and
// than the components in the texts of maxLinks symlinks; it limits the memory for a
// tree of very many symlinks with very long texts.
const maxNodes = 70_000

// maxDotted is the length of the longest path with ".." that is remembered, in
// bytes. The text of one symlink may lead to thousands of longer ones; to look
// these up costs more than to walk them again.
const maxDotted = 256

// maxName is the length of the longest path that is walked, in bytes. It is many
// times PATH_MAX, since callers join paths to those of deep directories, and short
// enough for the stack.
const maxName = 64 << 10

// Root walks absolute paths inside a file system. It is safe for concurrent
// use. The zero value does not work; use New or Host.
type Root struct {
	fsys fs.ReadLinkFS

	mu       sync.Mutex
	nodes    map[string]*Node
	followed int // symlinks that the current walk has resolved
	made     int // nodes made since nodes was empty
}

// New returns a Root over fsys, whose names are relative to its top and have
// slashes; "." is the top (io/fs). Names that are not valid UTF-8 are used as they
// are.
//
// A Root is a file system, too, which follows symlinks inside itself. New of a Root
// returns that Root, so that packages that use the same one share what it
// remembers.
func New(fsys fs.ReadLinkFS) *Root {
	if r, ok := fsys.(*Root); ok {
		return r
	}
	return &Root{fsys: fsys, nodes: make(map[string]*Node)}
}

// Host returns a Root over the directory dir of this machine. If dir cannot be
// opened, the first use of the Root returns the error.
func Host(dir string) *Root { return New(newHostFS(dir)) }

// OpenRoot returns a Root over the directory that dir leads to in r, a Root of
// Host, and the real path of that directory. The new Root stays on that directory
// even if it is renamed.
func (r *Root) OpenRoot(dir string) (*Root, string, error) {
	n, err := r.Walk(dir)
	if err != nil {
		return nil, "", err
	}
	host, ok := r.fsys.(*hostFS)
	switch {
	case !ok:
		err = &fs.PathError{Op: "open", Path: dir, Err: errors.ErrUnsupported}
	case !n.Info.IsDir():
		err = &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	case n.Real == "/":
		return r, "/", nil
	}
	if err != nil {
		return nil, "", err
	}
	sub, err := host.sub(n.Real[1:])
	if err != nil {
		return nil, "", err
	}
	return New(sub), n.Real, nil
}

// Walk resolves name to the file that it leads to. name starts at the top of the
// tree with or without a leading "/". Errors are *fs.PathError with the errno of
// Linux: ENOENT, ENOTDIR, EACCES, ELOOP.
func (r *Root) Walk(name string) (*Node, error) {
	r.mu.Lock()
	n := r.begin(trimDots(name))
	r.mu.Unlock()
	if n.err == nil && wantsDir(name) && !n.Info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOTDIR}
	}
	if n.err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: n.err}
	}
	return n, nil
}

// trimDots returns name as an absolute path without "//", "/./" and a trailing
// slash, which have the same meaning wherever symlinks lead. ".." stays.
func trimDots(name string) string {
	if isPlain(name) {
		return name
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && part != "." {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// wantsDir reports whether name must lead to a directory: it ends in a slash or in
// ".".
func wantsDir(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasSuffix(name, "/.")
}

// isPlain reports whether trimDots returns name unchanged.
func isPlain(name string) bool {
	return len(name) > 1 && name[0] == '/' && name[len(name)-1] != '/' &&
		!strings.Contains(name, "//") && !strings.Contains(name, "/./") && !strings.HasSuffix(name, "/.")
}

// begin is Walk with r.mu held, for a path from trimDots.
func (r *Root) begin(name string) *Node {
	if len(name) > maxName {
		return &Node{err: syscall.ENAMETOOLONG}
	}
	if r.made > maxNodes {
		clear(r.nodes)
		r.made = 0
	}
	r.followed = 0
	return r.walk(name)
}

// walk resolves name, which is a path from trimDots.
func (r *Root) walk(name string) *Node {
	if len(name) > maxDotted && strings.Contains(name, "/..") {
		return r.step(name)
	}
	if n, ok := r.nodes[name]; ok {
		return n
	}
	// If the walk finds this entry before it is replaced, the path leads to
	// itself.
	r.nodes[name] = &Node{err: syscall.ELOOP}
	before := r.followed
	n := r.step(name)
	if n.cut = n.cut && r.followed-before <= maxLinks; n.isFile() || n.cut {
		delete(r.nodes, name) // there may be very many files, and a path that was cut may exist
	} else {
		r.nodes[name] = n
	}
	return n
}

// follow is walk for the target of a symlink.
func (r *Root) follow(name string) *Node {
	if r.followed++; r.followed > maxFollowed {
		return &Node{err: syscall.ELOOP, cut: true}
	}
	return r.walk(name)
}

// step resolves the last component of name, after its parent.
func (r *Root) step(name string) *Node {
	r.made++
	if name == "/" {
		return r.top()
	}
	slash := strings.LastIndexByte(name, '/')
	parent := r.walk(dirName(name[:slash]))
	switch {
	case parent.err != nil:
		return &Node{err: parent.err, parent: parent, cut: parent.cut}
	case !parent.Info.IsDir():
		return &Node{err: syscall.ENOTDIR}
	}
	base := name[slash+1:]
	if base == ".." {
		up := r.walk(path.Dir(parent.Real))
		return &Node{Real: up.Real, Info: up.Info, parent: parent, self: up.Real, count: parent.count, err: up.err}
	}
	return r.lookup(name, parent, base)
}

// dirName returns dir, or "/" for the parent of a top-level name.
func dirName(dir string) string {
	if dir == "" {
		return "/"
	}
	return dir
}

func (r *Root) top() *Node {
	info, err := r.fsys.Lstat(".")
	if err != nil {
		return &Node{err: Errno(err)}
	}
	return &Node{Real: "/", Info: info, self: "/"}
}

// lookup finds base in the directory parent and follows it if it is a symlink. The
// path name was walked to get there.
func (r *Root) lookup(name string, parent *Node, base string) *Node {
	real := join(parent.Real, base)
	info, err := r.lstat(real)
	if err != nil {
		return &Node{err: Errno(err), parent: parent}
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return &Node{Real: real, Info: info, parent: parent, self: real, count: parent.count}
	}
	if name != real {
		return r.walk(real).below(parent)
	}
	text, err := r.LinkText(real)
	if err != nil {
		return &Node{err: Errno(err)}
	}
	if text == "" {
		return &Node{err: syscall.ENOENT}
	}
	to := text
	if text[0] != '/' {
		to = join(parent.Real, text)
	}
	target := r.follow(trimDots(to))
	n := &Node{
		Real: target.Real, Info: target.Info, parent: parent, link: &Link{real, text}, target: target,
		err: target.err, cut: target.cut,
	}
	n.count = parent.count + 1 + target.count
	if n.err == nil && n.count > maxLinks {
		n.err = syscall.ELOOP
	}
	if n.err == nil && wantsDir(to) && !n.Info.IsDir() {
		n.err = syscall.ENOTDIR
	}
	return n
}

// lstat describes the file at the real path real. For a directory that is
// remembered it returns what was seen before.
func (r *Root) lstat(real string) (fs.FileInfo, error) {
	if n, ok := r.nodes[real]; ok && n.err == nil && n.link == nil && n.Real == real {
		return n.Info, nil
	}
	return r.fsys.Lstat(real[1:])
}

// seenBefore returns the error for a file that existed before: ErrChanged if it
// does not exist any more or has another type now (EINVAL).
func seenBefore(op, name string, err error) error {
	if IsAbsent(err) || errors.Is(err, syscall.EINVAL) {
		return &fs.PathError{Op: op, Path: name, Err: ErrChanged}
	}
	return err
}

func join(dir, base string) string {
	if dir == "/" {
		return "/" + base
	}
	return dir + "/" + base
}

// OpenNode opens the regular file at n, as OpenSeen does.
func (r *Root) OpenNode(n *Node) (File, error) { return r.OpenSeen(n.Real, n.Info) }

// OpenSeen opens the regular file at the real path real, which seen describes. The
// error is EISDIR for a directory, EINVAL for other files such as devices and
// pipes, and ErrChanged if the file is not the one that was seen.
func (r *Root) OpenSeen(real string, seen fs.FileInfo) (File, error) {
	switch {
	case seen.IsDir():
		return nil, &fs.PathError{Op: "open", Path: real, Err: syscall.EISDIR}
	case !seen.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: real, Err: syscall.EINVAL}
	}
	f, err := r.fsys.Open(fsName(real))
	if err != nil {
		return nil, seenBefore("open", real, err)
	}
	at, ok := f.(File)
	if !ok {
		_ = f.Close()
		return nil, &fs.PathError{Op: "open", Path: real, Err: errNoReaderAt}
	}
	info, err := at.Stat()
	if err == nil && !Unchanged(seen, info) {
		err = &fs.PathError{Op: "open", Path: real, Err: ErrChanged}
	}
	if err != nil {
		_ = at.Close()
		return nil, err
	}
	return at, nil
}

// fsName returns the name that fs.FS has for an absolute path.
func fsName(abs string) string {
	if abs == "/" {
		return "."
	}
	return abs[1:]
}
