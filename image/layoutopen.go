package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// openLayout has the open directories of one layout. They are either those of the
// layout itself, or those of a hidden directory beside the place of a new one.
type openLayout struct {
	place  layoutDir
	parent *pending.Dir // the parent directory of a new layout
	hidden string       // the hidden name of a new layout in parent
	lock   *os.File     // the directory, for its lock; nil if it is not locked
	root   *os.Root     // the same directory; no symlink leads out of it
	top    *pending.Dir // the same directory, to create files in it
	blobs  *pending.Dir // the directory blobs/sha256, nil if it does not exist
}

var sha256Dir = path.Join(blobsDir, "sha256")

// open opens the directories of the layout at l.place, or creates a hidden
// directory for a new one, and removes what killed writers left in them. After an
// error, too, close must be called.
func (l *openLayout) open() error {
	dir := l.place.real
	if l.place.isNew {
		if err := l.mkdir(); err != nil {
			return l.place.cannotBeMade(err)
		}
		dir = filepath.Join(filepath.Dir(dir), l.hidden)
	}
	var err error
	if l.root, err = os.OpenRoot(dir); err != nil {
		return readError(l.place.name, err)
	}
	if l.top, err = pending.DirIn(l.root, "."); err != nil {
		return readError(l.place.name, err)
	}
	if _, err := readIndex(l.root, l.place.name); err != nil {
		return err
	}
	if err := l.openBlobs(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(l.shown(sha256Dir), err)
	}
	l.removeStale()
	return nil
}

// mkdir makes the hidden directory of a new layout.
func (l *openLayout) mkdir() (err error) {
	base := filepath.Base(l.place.real)
	if l.parent, err = pending.OpenDir(filepath.Dir(l.place.real)); err != nil {
		return err
	}
	l.parent.RemoveStale(base)
	l.hidden, l.lock, err = l.parent.Mkdir(base)
	return err
}

func (l *openLayout) openBlobs() (err error) {
	l.blobs, err = pending.DirIn(l.root, filepath.FromSlash(sha256Dir))
	return err
}

// removeStale removes the files that killed writers left.
func (l *openLayout) removeStale() {
	l.top.RemoveStale(indexFile)
	l.top.RemoveStale(layoutFile)
	l.top.RemoveStale(hiddenBlob)
	if l.blobs != nil {
		l.blobs.RemoveStale(hiddenBlob)
	}
}

// waitForLock waits for other writers of the layout. A hidden directory is locked
// since it was made.
func (l *openLayout) waitForLock(ctx context.Context) error {
	if l.lock != nil {
		return nil
	}
	lock, err := l.root.Open(".")
	if err != nil {
		return readError(l.place.name, err)
	}
	if err := pending.Lock(ctx, lock); err != nil {
		lock.Close()
		return fmt.Errorf("%s: waiting for another writer: %w", l.place.name, err)
	}
	l.lock = lock
	return nil
}

// isReplaced reports whether another process has replaced the directory, or made
// one at the place of a new layout.
func (l *openLayout) isReplaced() bool {
	there, err := os.Stat(l.place.real)
	if l.place.isNew {
		return err == nil
	}
	if err != nil {
		return true
	}
	open, err := l.root.Stat(".")
	return err != nil || !os.SameFile(there, open)
}

// syncBlobs waits until the names of all files that the index will refer to are on
// the disk, those in a directory before its own.
func (l *openLayout) syncBlobs() error {
	parent, err := pending.DirIn(l.root, blobsDir)
	if err != nil {
		return writeError(l.shown(blobsDir), err)
	}
	defer parent.Close()
	for _, dir := range []struct {
		name string
		*pending.Dir
	}{{sha256Dir, l.blobs}, {blobsDir, parent}, {".", l.top}} {
		if err := dir.Sync(); err != nil {
			return writeError(l.shown(dir.name), err)
		}
	}
	return nil
}

// close closes the directories and releases the lock.
func (l *openLayout) close() {
	for _, dir := range []*pending.Dir{l.blobs, l.top, l.parent} {
		if dir != nil {
			dir.Close()
		}
	}
	if l.root != nil {
		l.root.Close()
	}
	if l.lock != nil {
		l.lock.Close()
	}
}

// shown returns the name of a file of the layout for messages.
func (l *openLayout) shown(name string) string {
	return filepath.Join(l.place.name, filepath.FromSlash(name))
}
