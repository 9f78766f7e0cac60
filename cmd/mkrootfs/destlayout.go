package main

import (
	"context"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// layoutMedium is an OCI layout in a directory.
type layoutMedium struct {
	dest    string
	pending *image.PendingLayout // nil until prepare
}

// openLayout looks at the place of a layout.
func openLayout(out output) (*destination, error) {
	if err := checkParent(out.dest); err != nil {
		return nil, err
	}
	at := pending.Target(out.dest)
	if err := image.CheckLayoutDir(at); err != nil {
		return nil, withHint(err, "name a directory that is not there yet, or a layout")
	}
	return &destination{output: out, medium: &layoutMedium{dest: out.dest}, real: realPath(at)}, nil
}

// prepare writes the blobs of img.
func (m *layoutMedium) prepare(ctx context.Context, img v1.Image, tags []name.Tag) (err error) {
	m.pending, err = image.PrepareOCILayout(ctx, m.dest, img, tags...)
	return err
}

// finish has nothing to do: prepare has synced the blobs.
func (m *layoutMedium) finish() error { return nil }

func (m *layoutMedium) stage(ctx context.Context) error { return m.pending.Stage(ctx) }

func (m *layoutMedium) commit(ctx context.Context) error { return m.pending.Commit(ctx) }

func (m *layoutMedium) settle() error {
	err := m.pending.Settle()
	var write *image.WriteError
	if errors.As(err, &write) {
		return write.Err // settleError says of what
	}
	return err
}

func (m *layoutMedium) abandon() {
	if m.pending != nil {
		m.pending.Abandon()
	}
}
