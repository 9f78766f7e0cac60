package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxMoves limits how often Stage starts again because another process has replaced
// the directory.
const maxMoves = 10

// PendingLayout is an image that is being written to an OCI layout.
// PrepareOCILayout returns one; then Stage, Commit and Settle must be called in
// this order, or Abandon.
type PendingLayout struct {
	dir     string
	img     v1.Image
	entries []v1.Descriptor
	draft   *layoutDraft
}

// PrepareOCILayout writes the files of img that the layout dir does not have, and
// waits until they are on the disk. Readers do not see them, and other writers need
// not wait. The description of dir and tags at WriteOCILayout applies here, too. If
// ctx ends before, its cause is returned.
func PrepareOCILayout(ctx context.Context, dir string, img v1.Image, tags ...name.Tag) (*PendingLayout, error) {
	entries, err := indexEntries(img, tags)
	if err != nil {
		return nil, err
	}
	p := &PendingLayout{dir: dir, img: img, entries: entries}
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *PendingLayout) prepare(ctx context.Context) error {
	place, err := findLayout(p.dir)
	if err != nil {
		return err
	}
	p.draft, err = newLayoutDraft(ctx, place, p.img)
	return err
}

// Stage takes the lock of the layout, for which it waits until ctx ends, gives the
// blobs their names and writes the new index under a hidden name. A program that
// calls Stage for several layouts before Commit must do so in the same order
// everywhere, such as that of their real paths, so that two processes cannot wait
// for each other.
func (p *PendingLayout) Stage(ctx context.Context) error {
	for range maxMoves {
		if err := p.draft.waitForLock(ctx); err != nil {
			return err
		}
		if !p.draft.isReplaced() {
			return p.draft.stage(ctx, p.entries)
		}
		p.Abandon()
		if err := p.prepare(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: the directory is being replaced repeatedly", p.dir)
}

// Commit makes the image visible by one rename: of index.json, or of a new layout
// as a whole. If another process has made the layout since Stage, the image is
// added to that one, and Commit waits for its lock until ctx ends. After an error
// the layout is as it was before.
func (p *PendingLayout) Commit(ctx context.Context) error {
	err := p.draft.commit()
	if !p.draft.place.isNew || !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := p.Stage(ctx); err != nil { // which finds that the place is taken
		return err
	}
	return p.draft.commit()
}

// Settle completes Commit: it waits until the new names are on the disk, removes
// the blobs that nothing needs any more, and releases the lock. Without a Commit it
// does nothing. An error is about the first step alone: the image is in the layout,
// but may be lost if the machine fails. Blobs that cannot be removed stay; the
// layout is valid with them.
func (p *PendingLayout) Settle() error {
	if p.draft == nil || !p.draft.committed {
		return nil
	}
	return p.draft.settle()
}

// Abandon removes what was added, unless it was committed, and releases the lock.
func (p *PendingLayout) Abandon() {
	if p.draft != nil {
		p.draft.abandon()
		p.draft = nil
	}
}
