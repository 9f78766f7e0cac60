package dest

import (
	"context"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Layout is an OCI layout in a directory.
type Layout struct {
	Real string // its path with all symlinks resolved

	name    string
	pending *image.PendingLayout // nil until Prepare
}

// OpenLayout checks that a layout can be written to name. It writes nothing.
func OpenLayout(name string) (*Layout, error) {
	if err := checkParent(name); err != nil {
		return nil, err
	}
	at := pending.Target(name)
	if err := image.CheckLayoutDir(at); err != nil {
		return nil, usererr.WithHint(err, "name a new directory or an existing OCI layout")
	}
	return &Layout{name: name, Real: realPath(at)}, nil
}

// Prepare writes the blobs of img.
func (l *Layout) Prepare(ctx context.Context, img v1.Image, tags []name.Tag) (err error) {
	l.pending, err = image.PrepareOCILayout(ctx, l.name, img, tags...)
	return err
}

// Finish implements Medium. Prepare has synced the blobs.
func (l *Layout) Finish() error { return nil }

// Stage implements Medium.
func (l *Layout) Stage(ctx context.Context) error { return l.pending.Stage(ctx) }

// Commit implements Medium.
func (l *Layout) Commit(ctx context.Context) error { return l.pending.Commit(ctx) }

// Settle implements Medium.
func (l *Layout) Settle() error {
	err := l.pending.Settle()
	var write *image.WriteError
	if errors.As(err, &write) {
		return write.Err // the caller names the output
	}
	return err
}

// Abandon implements Medium.
func (l *Layout) Abandon() {
	if l.pending != nil {
		l.pending.Abandon()
	}
}
