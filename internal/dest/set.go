package dest

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Finish ends the writing of all.
func (s Set) Finish() error {
	for _, d := range s {
		if err := d.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// Stage does all that remains before the renames. Layouts come first, which wait
// for other writers; then the files, whose hidden names exist only from here to
// the rename.
func (s Set) Stage(ctx context.Context) error {
	for _, d := range s.inOrder() {
		if err := d.Stage(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes all visible, whether or not ctx ends meanwhile. sent is what has left this machine already, for Partial.
func (s Set) Commit(ctx context.Context, sent []string) error {
	all := s.inOrder()
	for i, d := range all {
		if err := d.Commit(ctx); err != nil {
			_ = all[:i].settle() // these are new all the same
			return Partial(err, sent, all[:i], all[i:])
		}
	}
	if err := all.settle(); err != nil {
		return Partial(err, sent, all, nil)
	}
	return nil
}

// Abandon removes what was not committed.
func (s Set) Abandon() {
	for _, d := range s {
		d.Abandon()
	}
}

// inOrder returns the layouts before all else, in the order of their real paths:
// as that is the same in every process, two that write to the same two layouts do
// not wait for each other.
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

// settle waits until the new names are on the disk. It returns the first error.
func (s Set) settle() error {
	var first error
	for _, d := range s {
		if err := d.Settle(); err != nil && first == nil {
			first = fmt.Errorf("%s: its directory cannot be synced: %w", d.Name, Cause(err))
		}
	}
	return first
}
