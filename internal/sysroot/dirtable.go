package sysroot

import (
	"container/list"
	"errors"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// maxDirs limits how many directories a hostFS keeps open. Beyond it the directory
// that was not used for longest is closed, and opened again when it is needed.
const maxDirs = 64

// dirTable has descriptors of the directories of a tree. Each was opened by its
// name in its parent's descriptor, so that no access walks a path again that may
// have been changed since. It is safe for concurrent use.
type dirTable struct {
	openTop func() (int, error)
	open    *openDirs
}

// openDirs is the part of a dirTable that the runtime closes after the dirTable is
// garbage.
type openDirs struct {
	mu    sync.Mutex
	byDir map[string]*list.Element // of *openedDir, by name
	order list.List                // the one used last stands first
}

// openedDir is an open directory.
type openedDir struct {
	name string
	fd   int
	uses int // how many callers are using fd
}

// newDirTable returns a table whose top directory is opened by openTop, which
// returns a new descriptor for each call. The descriptors of the table are closed
// when it is garbage.
func newDirTable(openTop func() (int, error)) *dirTable {
	t := &dirTable{openTop: openTop, open: &openDirs{byDir: map[string]*list.Element{}}}
	runtime.AddCleanup(t, (*openDirs).closeAll, t.open)
	return t
}

// newOpenDirTable returns a table whose top directory is open as fd. The table
// closes fd.
func newOpenDirTable(fd int) *dirTable {
	t := newDirTable(nil) // the top, once open, stays open
	t.release(t.open.add(".", fd))
	return t
}

func (o *openDirs) closeAll() {
	for e := o.order.Front(); e != nil; e = e.Next() {
		_ = unix.Close(e.Value.(*openedDir).fd)
	}
}

// use calls f with a descriptor of the directory name; "." is the top. If a parent
// of name does not exist or is not a directory, the error is ErrChanged.
func (t *dirTable) use(name string, f func(fd int) error) error {
	d, err := t.acquire(name)
	if err != nil {
		return err
	}
	defer t.release(d)
	return f(d.fd)
}

// release ends a use of d. It keeps t reachable until then, so that descriptors in
// use are not closed.
func (t *dirTable) release(d *openedDir) {
	t.open.release(d)
	runtime.KeepAlive(t)
}

// acquire opens name, unless it is open, and prevents that it is closed.
func (t *dirTable) acquire(name string) (*openedDir, error) {
	if d := t.open.find(name); d != nil {
		return d, nil
	}
	if name == "." {
		fd, err := t.openTop()
		if err != nil {
			return nil, err
		}
		return t.open.add(name, fd), nil
	}
	parent, base := ".", name
	if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
		parent, base = name[:slash], name[slash+1:]
	}
	var fd int
	err := t.use(parent, func(dir int) (err error) {
		fd, err = openDir(dir, base)
		return err
	})
	if err != nil {
		return nil, changedIfAbsent(err)
	}
	return t.open.add(name, fd), nil
}

// openDir opens the directory base in dir. base must not be a symlink.
func openDir(dir int, base string) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(dir, base, searchFlags|unix.O_NOFOLLOW, 0)
		return err
	})
	return fd, err
}

// changedIfAbsent returns ErrChanged for errors that mean that the directory does
// not exist, since it existed before. With O_NOFOLLOW the error for a symlink is
// ELOOP or ENOTDIR.
func changedIfAbsent(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return ErrChanged
	}
	return err
}

// find returns the directory name and marks it as in use; nil if it is not open.
func (o *openDirs) find(name string) *openedDir {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.byDir[name]
	if !ok {
		return nil
	}
	o.order.MoveToFront(e)
	d := e.Value.(*openedDir)
	d.uses++
	return d
}

// add adds the directory name with the descriptor fd and marks it as in use. If
// another goroutine has opened it since, that one is returned.
func (o *openDirs) add(name string, fd int) *openedDir {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e, ok := o.byDir[name]; ok {
		_ = unix.Close(fd)
		d := e.Value.(*openedDir)
		d.uses++
		return d
	}
	o.closeOldest()
	d := &openedDir{name: name, fd: fd, uses: 1}
	o.byDir[name] = o.order.PushFront(d)
	return d
}

// closeOldest closes a directory if there are too many. Directories in use stay
// open, and so does the top if it cannot be opened again.
func (o *openDirs) closeOldest() {
	for e := o.order.Back(); e != nil && o.order.Len() >= maxDirs; {
		d, before := e.Value.(*openedDir), e.Prev()
		if d.uses == 0 && d.name != "." {
			_ = unix.Close(d.fd)
			o.order.Remove(e)
			delete(o.byDir, d.name)
		}
		e = before
	}
}

func (o *openDirs) release(d *openedDir) {
	o.mu.Lock()
	d.uses--
	o.mu.Unlock()
}
