package dest

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Finish calls Finish of all destinations until one fails.
func (s Set) Finish() error {
	for _, d := range s {
		if err := d.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// Stage calls Stage of all destinations until one fails: first of layouts, which may
// wait for other writers, then of files, so that their hidden names exist only briefly.
func (s Set) Stage(ctx context.Context) error {
	for _, d := range s.inOrder() {
		if err := d.Stage(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes all destinations visible, and does not stop when ctx ends. sent names
// the engines and registries that already have the image, for Partial.
func (s Set) Commit(ctx context.Context, sent []string) error {
	all := s.inOrder()
	for i, d := range all {
		if err := d.Commit(ctx); err != nil {
			_ = all[:i].settle() // these are committed despite the error
			return Partial(err, sent, all[:i], all[i:])
		}
	}
	if err := all.settle(); err != nil {
		return Partial(err, sent, all, nil)
	}
	return nil
}

// Abandon calls Abandon of all destinations.
func (s Set) Abandon() {
	for _, d := range s {
		d.Abandon()
	}
}

// inOrder returns the layouts, sorted by their real paths, and then the others. Since
// every process uses this order, two processes that write to the same layouts cannot
// deadlock.
func (s Set) inOrder() Set {
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(a, b *Destination) int {
		switch {
		case a.First && b.First:
			return strings.Compare(a.Real, b.Real)
		case a.First:
			return -1
		case b.First:
			return 1
		}
		return 0
	})
	return s
}

// settle calls Settle of all destinations and returns the first error.
func (s Set) settle() error {
	var first error
	for _, d := range s {
		if err := d.Settle(); err != nil && first == nil {
			first = fmt.Errorf("%s: its directory cannot be synced: %w", d.Name, Cause(err))
		}
	}
	return first
}
