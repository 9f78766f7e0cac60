// Package sysroot reads a directory as if it were "/".
//
// Every path is walked here, component by component, instead of by the kernel:
// an absolute symlink restarts at the top of the tree, ".." stops there, and
// nothing outside is ever looked at. The walk remembers the symlinks and
// directories that it crossed, because an image must carry them too.
//
// That holds while the owner of a directory of the tree exchanges it for a
// symlink, too. Of this machine's files each directory is opened once, by its
// name in a descriptor of its parent and without following links (O_NOFOLLOW),
// and everything in it is looked at relative to its descriptor: fstatat(2),
// readlinkat(2), openat(2) with O_NOFOLLOW, and fgetxattr(2) on an open file.
// ".." is never given to the kernel. Up to 64 directories are kept open (see
// maxDirs). A file that is opened must still be the one that was looked at (see
// Unchanged), and a directory still a directory: else the error is ErrChanged.
//
// The package never writes and never runs anything. Its caveat: a Root
// remembers the directories and symlinks that it has seen, until there are very
// many, so those that change meanwhile are mostly seen as they first were. Start with
// New (any file system) or Host (a directory of this machine).
package sysroot

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"syscall"
)

// maxLinks is how many symlinks one walk may follow before it is ELOOP:
// MAXSYMLINKS of the Linux kernel (fs/namei.c).
const maxLinks = 40

// maxFollowed is how many symlinks one walk looks behind before it gives up: more
// than maxLinks, so that half of a chain of very many symlinks is known to be too
// long after it was walked once, and few, since each may have a text of thousands
// of components.
const maxFollowed = 2 * maxLinks

// maxNodes is how many nodes are made before what is remembered is forgotten: more
// than the directories and symlinks that the programs of a large system need, and
// than the components in the texts of maxLinks symlinks; less than an owner of
// very many symlinks with very long texts can make.
const maxNodes = 70_000

// maxDotted is the longest path with ".." that is remembered, in bytes. To look
// up each of the thousands of longer ones that a symlink's text may make costs
// more than to walk them again.
const maxDotted = 256

// maxName is the longest path that a walk takes, in bytes: many times PATH_MAX,
// since paths below deep directories are put together here, and short enough for
// the stack.
const maxName = 64 << 10

// Root walks absolute paths inside a file system. It is safe for concurrent
// use. The zero value does not work; use New or Host.
type Root struct {
	fsys fs.ReadLinkFS

	mu       sync.Mutex
	nodes    map[string]*Node
	followed int // symlinks that the present walk has looked behind
	made     int // nodes since nodes was empty
}

// New returns a Root over fsys, whose names are slash-separated and relative
// to its top, "." being the top itself, as io/fs has it. Names that are no
// valid UTF-8 are passed on as they are.
//
// A Root is such a file system too, one that follows links inside itself; New
// of a Root is that Root, so packages that share one share what it remembers.
func New(fsys fs.ReadLinkFS) *Root {
	if r, ok := fsys.(*Root); ok {
		return r
	}
	return &Root{fsys: fsys, nodes: make(map[string]*Node)}
}

// Host returns a Root over the directory dir of this machine. What is wrong with
// dir shows when something in it is looked at.
func Host(dir string) *Root { return New(newHostFS(dir)) }

// OpenRoot returns a Root over the directory that dir leads to in r, a Root of
// Host, and the real path of that directory. It stays that directory whatever
// becomes of its path.
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

// Walk follows name, which is taken from the top of the tree whether or not it
// begins with "/", to the file that it leads to. Errors are *fs.PathError and
// carry the errno that Linux would give: ENOENT, ENOTDIR, EACCES, ELOOP.
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

// trimDots makes name absolute and folds "//", "/./" and a trailing slash,
// which mean the same wherever links lead; ".." is left for the walk.
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

// wantsDir reports whether only a directory can be what name leads to: it ends in
// a slash, or in a ".", which is looked up in what stands before it.
func wantsDir(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasSuffix(name, "/.")
}

// isPlain reports whether trimDots has nothing to do.
func isPlain(name string) bool {
	return len(name) > 1 && name[0] == '/' && name[len(name)-1] != '/' &&
		!strings.Contains(name, "//") && !strings.Contains(name, "/./") && !strings.HasSuffix(name, "/.")
}

// begin is Walk with r.mu held, for a path that trimDots made.
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

// walk is begin for a path on the way.
func (r *Root) walk(name string) *Node {
	if len(name) > maxDotted && strings.Contains(name, "/..") {
		return r.step(name)
	}
	if n, ok := r.nodes[name]; ok {
		return n
	}
	// Whoever meets this entry again while it is being worked out has found a
	// path that leads to itself.
	r.nodes[name] = &Node{err: syscall.ELOOP}
	before := r.followed
	n := r.step(name)
	if n.cut = n.cut && r.followed-before <= maxLinks; n.isFile() || n.cut {
		delete(r.nodes, name) // of files there may be very many; what was cut may lead somewhere by itself
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
	parent := r.walk(max1(name[:slash]))
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

// max1 is the parent's path; that of a top-level name is "/".
func max1(dir string) string {
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

// lookup finds base in the directory parent, which is the path name, and follows it
// if it is a symlink.
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

// lstat describes what is at the real path real, as before if it is a directory
// that is remembered.
func (r *Root) lstat(real string) (fs.FileInfo, error) {
	if n, ok := r.nodes[real]; ok && n.err == nil && n.link == nil && n.Real == real {
		return n.Info, nil
	}
	return r.fsys.Lstat(real[1:])
}

// seenBefore returns the error for a file that was there a moment ago: when it is
// gone, or of another type now (EINVAL), it has changed.
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

// OpenSeen opens the regular file at the real path real, which is as seen
// describes it. Anything else, a directory or a device or a pipe that would
// block, is refused with EISDIR or EINVAL, and a file that is no longer the one
// that was seen with ErrChanged.
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

// fsName turns an absolute path into the name that fs.FS wants.
func fsName(abs string) string {
	if abs == "/" {
		return "."
	}
	return abs[1:]
}
