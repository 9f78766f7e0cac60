package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxMoves is how often Stage begins anew because another process replaced the
// directory.
const maxMoves = 10

// PendingLayout is an image on its way into an OCI layout. PrepareOCILayout
// makes one; Stage, Commit and Settle follow in this order, or Abandon.
type PendingLayout struct {
	dir     string
	img     v1.Image
	entries []v1.Descriptor
	draft   *layoutDraft
}

// PrepareOCILayout writes what the layout dir lacks of img, and waits until it
// is on the disk. No reader sees any of it, and no other writer is kept waiting.
// What is said of dir and tags at WriteOCILayout holds here too. It returns the
// cause of ctx's end when that comes first.
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

// Stage takes the layout's lock, for which it waits until ctx ends, adds the
// blobs under their names and writes the new index, which has a hidden name
// still. Whoever stages several layouts before committing any does so in one
// order everywhere, such as that of their real paths, so that two processes
// cannot wait for each other.
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
	return fmt.Errorf("%s: the directory is replaced again and again", p.dir)
}

// Commit makes the image visible by one rename: of index.json, or of a new
// layout as a whole. Where another process made the layout since Stage, the
// image joins what that one made, and ctx ends the wait for its lock. After an
// error the layout is as it was.
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

// Settle ends what Commit began: it waits until the new names are on the disk,
// removes the blobs that nothing needs any more, and lets other writers go on. It
// does nothing without a Commit. Its error is about the first alone: the image is
// in the layout, but might not be there after a power cut. Blobs that cannot be
// removed stay; the layout is valid with them.
func (p *PendingLayout) Settle() error {
	if p.draft == nil || !p.draft.committed {
		return nil
	}
	return p.draft.settle()
}

// Abandon removes what was added, unless it was committed, and lets other
// writers go on.
func (p *PendingLayout) Abandon() {
	if p.draft != nil {
		p.draft.abandon()
		p.draft = nil
	}
}
