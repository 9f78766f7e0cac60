package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// layoutDraft is the work on the directory of one layout. That is either the
// layout itself, or a hidden directory beside the place of a new one.
type layoutDraft struct {
	place  layoutDir
	parent *pending.Dir // of a new layout
	hidden string       // its name in parent until it is committed
	hold   *os.File     // the directory, for its lock
	root   *os.Root     // the same, which no symlink leaves
	top    *pending.Dir // the same, for files
	blobs  *pending.Dir // blobs/sha256 in it; nil until that is there

	files   []*layoutFileDraft // what the image needs, in the order of the sink
	index   *layoutFileDraft
	notes   *layoutFileDraft // for the next writer, should this one be killed
	added   []string         // names that were not there before, directories first
	entries replacement

	committed bool
}

var sha256Dir = path.Join(blobsDir, "sha256")

// newLayoutDraft writes what place lacks of img.
func newLayoutDraft(ctx context.Context, place layoutDir, img v1.Image) (*layoutDraft, error) {
	d := &layoutDraft{place: place}
	err := d.open()
	if err == nil {
		err = d.prepare(ctx, img)
	}
	if err != nil {
		d.abandon()
		return nil, err
	}
	return d, nil
}

func (d *layoutDraft) open() error {
	dir := d.place.real
	if d.place.isNew {
		if err := d.mkdir(); err != nil {
			return d.place.cannotBeMade(err)
		}
		dir = filepath.Join(filepath.Dir(dir), d.hidden)
	}
	var err error
	if d.root, err = os.OpenRoot(dir); err != nil {
		return readError(d.place.name, err)
	}
	if d.top, err = pending.DirIn(d.root, "."); err != nil {
		return readError(d.place.name, err)
	}
	if _, err := readIndex(d.root, d.place.name); err != nil {
		return err
	}
	if err := d.openBlobs(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(d.shown(sha256Dir), err)
	}
	d.removeStale()
	return nil
}

// mkdir makes the hidden directory of a new layout.
func (d *layoutDraft) mkdir() (err error) {
	base := filepath.Base(d.place.real)
	if d.parent, err = pending.OpenDir(filepath.Dir(d.place.real)); err != nil {
		return err
	}
	d.parent.RemoveStale(base)
	d.hidden, d.hold, err = d.parent.Mkdir(base)
	return err
}

func (d *layoutDraft) openBlobs() (err error) {
	d.blobs, err = pending.DirIn(d.root, filepath.FromSlash(sha256Dir))
	return err
}

// removeStale removes what killed writers left.
func (d *layoutDraft) removeStale() {
	d.top.RemoveStale(indexFile)
	d.top.RemoveStale(layoutFile)
	d.top.RemoveStale(hiddenBlob)
	if d.blobs != nil {
		d.blobs.RemoveStale(hiddenBlob)
	}
}

// prepare writes what img needs: oci-layout, then the blobs.
func (d *layoutDraft) prepare(ctx context.Context, img v1.Image) error {
	s := layoutSink{ctx, d}
	err := s.put(layoutFile, bytesContent([]byte(layoutContent)))
	if err == nil {
		err = putBlobs(s, img)
	}
	if err != nil {
		return about(d.place.name, err)
	}
	return nil
}

// lock waits for other writers of the layout. A hidden directory is held since
// it was made.
func (d *layoutDraft) lock(ctx context.Context) error {
	if d.hold != nil {
		return nil
	}
	hold, err := d.root.Open(".")
	if err != nil {
		return readError(d.place.name, err)
	}
	if err := pending.Lock(ctx, hold); err != nil {
		hold.Close()
		return fmt.Errorf("%s: waiting for another writer: %w", d.place.name, err)
	}
	d.hold = hold
	return nil
}

// isReplaced reports whether the place is no longer what it was found to be.
func (d *layoutDraft) isReplaced() bool {
	there, err := os.Stat(d.place.real)
	if d.place.isNew {
		return err == nil
	}
	if err != nil {
		return true
	}
	open, err := d.root.Stat(".")
	return err != nil || !os.SameFile(there, open)
}

// stage puts everything but the index in its place, and the index beside it.
func (d *layoutDraft) stage(ctx context.Context, entries []v1.Descriptor) error {
	index, err := readIndex(d.root, d.place.name)
	if err != nil {
		return err
	}
	d.recover(index)
	d.entries.gone = replaceEntries(index, entries)
	d.entries.kept = index.Manifests
	if err := d.writeIndex(ctx, index); err != nil {
		return err
	}
	if err := d.stageNotes(ctx); err != nil {
		return err
	}
	if err := d.stageBlobs(ctx); err != nil {
		return about(d.place.name, err)
	}
	if err := d.index.file.Stage(d.top, indexFile); err != nil {
		return writeError(d.shown(indexFile), err)
	}
	if !d.place.isNew {
		return nil
	}
	return writeError(d.place.name, d.completeHidden())
}

func (d *layoutDraft) writeIndex(ctx context.Context, index *v1.IndexManifest) error {
	b, err := json.Marshal(index)
	if err != nil {
		return err
	}
	d.index = &layoutFileDraft{name: indexFile, content: bytesContent(b)}
	return d.write(ctx, d.index)
}

func (d *layoutDraft) stageBlobs(ctx context.Context) error {
	for _, dir := range []string{blobsDir, sha256Dir} {
		if err := d.mkBlobDir(dir); err != nil {
			return writeError(d.shown(dir), err)
		}
	}
	if d.blobs == nil {
		if err := d.openBlobs(); err != nil {
			return writeError(d.shown(sha256Dir), err)
		}
	}
	for _, f := range d.files {
		if err := d.putInPlace(ctx, f); err != nil {
			return err
		}
	}
	return d.sync()
}

func (d *layoutDraft) mkBlobDir(name string) error {
	err := d.root.Mkdir(filepath.FromSlash(name), 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	d.added = append(d.added, name)
	return d.root.Chmod(filepath.FromSlash(name), 0o755) // whatever the umask
}

// sync waits until the names of all that the index will refer to are on the
// disk, those in a directory before its own.
func (d *layoutDraft) sync() error {
	parent, err := pending.DirIn(d.root, blobsDir)
	if err != nil {
		return writeError(d.shown(blobsDir), err)
	}
	defer parent.Close()
	for _, dir := range []struct {
		name string
		*pending.Dir
	}{{sha256Dir, d.blobs}, {blobsDir, parent}, {".", d.top}} {
		if err := dir.Sync(); err != nil {
			return writeError(d.shown(dir.name), err)
		}
	}
	return nil
}

// completeHidden makes a layout of the hidden directory.
func (d *layoutDraft) completeHidden() error {
	if err := d.index.file.Commit(indexFile); err != nil {
		return err
	}
	if err := d.hold.Chmod(0o755); err != nil {
		return err
	}
	return d.top.Sync()
}

// commit makes the image visible.
func (d *layoutDraft) commit() error {
	err := writeError(d.place.name, d.rename())
	d.committed = err == nil
	return err
}

func (d *layoutDraft) rename() error {
	if d.place.isNew {
		return d.parent.Rename(d.hidden, filepath.Base(d.place.real))
	}
	return d.index.file.Commit(indexFile)
}

func (d *layoutDraft) settle() error {
	dir := d.top
	if d.place.isNew {
		dir = d.parent
	}
	err := dir.Sync()
	prune(d.root, d.entries)
	d.notes.abandon()
	d.close()
	return writeError(d.place.name, err)
}

// abandon removes what was added, files before the directories that hold them.
// What cannot be removed stays; there is an error to report already.
func (d *layoutDraft) abandon() {
	defer d.close()
	if d.committed {
		return
	}
	for _, f := range append(d.files, d.index) {
		f.abandon()
	}
	for _, name := range slices.Backward(d.added) {
		_ = d.root.Remove(filepath.FromSlash(name))
	}
	d.notes.abandon()
	if d.hidden != "" {
		_ = d.parent.RemoveAll(d.hidden)
	}
}

// close ends the use of the directory, and with it the lock.
func (d *layoutDraft) close() {
	for _, dir := range []*pending.Dir{d.blobs, d.top, d.parent} {
		if dir != nil {
			dir.Close()
		}
	}
	if d.root != nil {
		d.root.Close()
	}
	if d.hold != nil {
		d.hold.Close()
	}
}

// shown returns what to call a file of the layout.
func (d *layoutDraft) shown(name string) string {
	return filepath.Join(d.place.name, filepath.FromSlash(name))
}
