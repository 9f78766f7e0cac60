package image

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layoutDraft is one change of a layout: its files are written, but the index does
// not refer to them before commit.
type layoutDraft struct {
	openLayout
	files     []*layoutFileDraft // what the image needs, in the order of the sink
	index     *layoutFileDraft
	notes     *layoutFileDraft // for the next writer, should this one be killed
	added     []string         // names that did not exist before, directories first
	entries   replacement
	committed bool
}

// newLayoutDraft writes the files of img that place does not have.
func newLayoutDraft(ctx context.Context, place layoutDir, img v1.Image) (*layoutDraft, error) {
	d := &layoutDraft{openLayout: openLayout{place: place}}
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

// prepare writes the files of img: oci-layout, then the blobs.
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

// stage gives every file but the index its name, and the index a hidden name.
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
	return d.syncBlobs()
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
	return d.root.Chmod(filepath.FromSlash(name), 0o755) // the umask may have removed bits
}

// completeHidden makes the hidden directory a complete layout.
func (d *layoutDraft) completeHidden() error {
	if err := d.index.file.Commit(indexFile); err != nil {
		return err
	}
	if err := d.lock.Chmod(0o755); err != nil {
		return err
	}
	return d.top.Sync()
}

// commit makes the image visible by one rename.
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

// settle waits until the new name is on the disk and removes the blobs that nothing
// needs any more.
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

// abandon removes what was added, unless it was committed: files before the
// directories that contain them. It ignores what cannot be removed, since there is
// an error to report already.
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
