package rootfs

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// FS returns the settled tree as a file system that follows symlinks inside
// itself, as a container does. Claims that are added later do not appear in it.
// Regular files have ReadAt, hard links have the same identity, and there are no
// owners. Callers look for files of the image in it, or copy from it.
func (t *Tree) FS() fs.ReadLinkFS { return t.settle().root() }

func (s *settled) root() *sysroot.Root {
	if s.walker != nil {
		return s.walker
	}
	f := &treeFS{settled: s, children: make(map[string][]*Entry)}
	for _, e := range s.entries {
		up := parentOf(e.Path)
		f.children[up] = append(f.children[up], e)
	}
	s.walker = sysroot.New(f)
	return s.walker
}

// treeFS finds entries by their settled paths. A sysroot.Root follows its symlinks.
type treeFS struct {
	*settled
	children map[string][]*Entry
}

// find returns the entry name. The top exists even in an empty tree.
func (f *treeFS) find(op, name string) (*Entry, error) {
	if name == "." {
		if e := f.byPath["/"]; e != nil {
			return e, nil
		}
		return &Entry{Path: "/", Mode: fs.ModeDir | 0o755}, nil
	}
	e, ok := f.byPath["/"+name]
	if !ok {
		return nil, &fs.PathError{Op: op, Path: name, Err: syscall.ENOENT}
	}
	return e, nil
}

func (f *treeFS) info(e *Entry) entryInfo { return entryInfo{e, f.settled} }

// inode returns the inode number of e, which its hard links share: the index of
// the first of them in the sorted tree plus 2. The number of "/" is 1.
func (s *settled) inode(e *Entry) uint64 {
	at := e.Path
	if e.Hardlink != "" {
		at = e.Hardlink
	}
	i, found := slices.BinarySearchFunc(s.entries, at, func(e *Entry, path string) int {
		return sysroot.ComparePaths(e.Path, path)
	})
	if !found {
		return 1
	}
	return uint64(i) + 2
}

// Lstat implements fs.ReadLinkFS.
func (f *treeFS) Lstat(name string) (fs.FileInfo, error) {
	e, err := f.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return f.info(e), nil
}

// ReadLink implements fs.ReadLinkFS.
func (f *treeFS) ReadLink(name string) (string, error) {
	e, err := f.find("readlink", name)
	if err == nil && e.Mode&fs.ModeSymlink == 0 {
		err = &fs.PathError{Op: "readlink", Path: name, Err: syscall.EINVAL}
	}
	if err != nil {
		return "", err
	}
	return e.Linkname, nil
}

// Getxattr implements sysroot.XattrFS.
func (f *treeFS) Getxattr(name, attr string) ([]byte, error) {
	e, err := f.find("getxattr", name)
	if err != nil {
		return nil, err
	}
	if value, ok := e.Xattrs[attr]; ok {
		return []byte(value), nil
	}
	return nil, nil
}

// Open implements fs.FS for files and directories.
func (f *treeFS) Open(name string) (fs.File, error) {
	e, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	switch e.Mode.Type() {
	case fs.ModeDir:
		return &treeDir{info: f.info(e), tree: f, rest: f.children[e.Path]}, nil
	case 0:
		file, err := e.Content.Open()
		if err != nil {
			return nil, err
		}
		return treeFile{file, f.info(e)}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// treeFile is an open file whose Stat has the name that it has in the tree.
type treeFile struct {
	File
	info entryInfo
}

func (f treeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// treeDir is an open directory.
type treeDir struct {
	info entryInfo
	tree *treeFS
	rest []*Entry
}

func (d *treeDir) Stat() (fs.FileInfo, error) { return d.info, nil }

func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.e.Path, Err: syscall.EISDIR}
}

func (d *treeDir) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return nil, io.EOF
		}
		n = len(d.rest)
	}
	out := make([]fs.DirEntry, n)
	for i, e := range d.rest[:n] {
		out[i] = fs.FileInfoToDirEntry(d.tree.info(e))
	}
	d.rest = d.rest[n:]
	return out, nil
}

// entryInfo describes an entry. A tree has no times.
type entryInfo struct {
	e    *Entry
	tree *settled
}

func (i entryInfo) Name() string       { return path.Base(i.e.Path) }
func (i entryInfo) Size() int64        { return i.e.Size }
func (i entryInfo) Mode() fs.FileMode  { return i.e.Mode }
func (i entryInfo) ModTime() time.Time { return time.Time{} }
func (i entryInfo) IsDir() bool        { return i.e.Mode.IsDir() }
func (i entryInfo) Sys() any           { return &sysroot.ID{Ino: i.tree.inode(i.e)} }
