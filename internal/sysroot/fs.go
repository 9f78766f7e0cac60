package sysroot

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// Open implements fs.FS: the regular file, or the directory, that name leads
// to, its symlinks followed inside the tree.
func (r *Root) Open(name string) (fs.File, error) {
	n, err := r.Walk(name)
	if err != nil {
		return nil, err
	}
	if n.Info.IsDir() {
		return r.fsys.Open(fsName(n.Real))
	}
	return r.OpenNode(n)
}

// Lstat implements fs.ReadLinkFS: it follows the parents of name, not name.
func (r *Root) Lstat(name string) (fs.FileInfo, error) {
	real, err := r.Locate(name)
	if err != nil {
		return nil, err
	}
	return r.fsys.Lstat(fsName(real))
}

// ReadLink implements fs.ReadLinkFS: the text of the symlink at name.
func (r *Root) ReadLink(name string) (string, error) {
	real, err := r.Locate(name)
	if err != nil {
		return "", err
	}
	return r.fsys.ReadLink(fsName(real))
}

// ReadDir implements fs.ReadDirFS: the directory that name leads to, sorted.
func (r *Root) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := r.Walk(name)
	if err != nil {
		return nil, err
	}
	if !n.Info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
	}
	return r.List(n.Real)
}

// List returns the entries of the directory at the real path real, sorted. It
// follows no symlink: if real is no longer a directory, the error is ErrChanged.
func (r *Root) List(real string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(r.fsys, fsName(real))
	if err != nil {
		return nil, seenBefore("readdir", real, err)
	}
	return list, nil
}

// LinkText returns the text of the symlink at the real path real. It follows no
// symlink on the way: if real is no longer a symlink, the error is ErrChanged.
func (r *Root) LinkText(real string) (string, error) {
	text, err := r.fsys.ReadLink(fsName(real))
	if err != nil {
		return "", seenBefore("readlink", real, err)
	}
	return text, nil
}

// Stat implements fs.StatFS: it describes the file that name leads to.
func (r *Root) Stat(name string) (fs.FileInfo, error) {
	n, err := r.Walk(name)
	if err != nil {
		return nil, err
	}
	return n.Info, nil
}

// Denied reports whether name cannot be reached because this process may not search
// a directory of this machine on the way. Other programs of the same user cannot
// reach it either.
func (r *Root) Denied(name string) bool {
	host, ok := r.fsys.(*hostFS)
	if !ok {
		return false
	}
	r.mu.Lock()
	n := r.begin(trimDots(name))
	for n.err != nil && (n.target != nil || n.parent != nil && n.parent.err != nil) {
		if n.target != nil {
			n = n.target
		} else {
			n = n.parent
		}
	}
	r.mu.Unlock()
	return errors.Is(n.err, syscall.EACCES) && n.parent != nil && !host.searchable(fsName(n.parent.Real))
}

// Locate returns the absolute path of name with its parents resolved and its last
// component unchanged: the path of a symlink itself. Whether a file exists there is
// not checked.
func (r *Root) Locate(name string) (string, error) {
	name = trimDots(name)
	if base := path.Base(name); name == "/" || base == ".." {
		n, err := r.Walk(name)
		if err != nil {
			return "", err
		}
		return n.Real, nil
	}
	slash := strings.LastIndexByte(name, '/')
	parent, err := r.Walk(dirName(name[:slash])) // not path.Dir, which removes ".." even after a symlink
	if err != nil {
		return "", err
	}
	if !parent.Info.IsDir() {
		return "", &fs.PathError{Op: "lstat", Path: name, Err: syscall.ENOTDIR}
	}
	return join(parent.Real, name[slash+1:]), nil
}
