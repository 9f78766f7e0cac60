package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// finish ends the writing of all outputs.
func (w *writer) finish(context.Context) error {
	for _, d := range w.dests {
		if err := d.finish(); err != nil {
			return streamError(d, err)
		}
	}
	w.result.written = w.dests
	return nil
}

// stage does all that remains before the renames. Layouts come first, which wait
// for other writers; then the files, whose hidden names are there for the moment
// between this and the rename only.
func (w *writer) stage(ctx context.Context) error {
	for _, d := range w.inOrder() {
		if err := d.stage(ctx); err != nil {
			return err
		}
	}
	return nil
}

// answer tells stdout the digest that it was promised. The outputs are not new
// yet: a caller that cannot take the answer would not know of them.
func (w *writer) answer(ctx context.Context) error {
	err := w.packing.answer(w.ui, &w.result, &contextWriter{ctx: ctx, w: w.out})
	var bug *guard.PanicError
	switch {
	case errors.As(err, &bug): // which is not about stdout
		return bug
	case err != nil:
		return err
	}
	if !w.ui.quiet && len(w.result.pushed) == 0 {
		return nil
	}
	if err := closeStdout(w.out); err != nil {
		return fmt.Errorf("stdout: %w", bare(err))
	}
	return nil
}

// commit shows the outputs under their names, whether or not ctx ends meanwhile.
// Layouts come first: one that another process has just made has to be joined,
// which may fail in more ways than a rename.
func (w *writer) commit(ctx context.Context) error {
	dests := w.inOrder()
	for i, d := range dests {
		if err := d.commit(ctx); err != nil {
			_ = w.settle(dests[:i]) // which are new as it is
			return w.partial(err, dests[:i], dests[i:])
		}
	}
	if err := w.settle(dests); err != nil {
		return w.partial(err, dests, nil)
	}
	return nil
}

// inOrder returns the layouts before all else, in the order of their real paths:
// as that is the same in every process, two that write to the same two layouts
// do not wait for each other.
func (w *writer) inOrder() []*destination {
	dests := slices.Clone(w.dests)
	slices.SortStableFunc(dests, func(a, b *destination) int {
		aIsLayout, bIsLayout := a.kind == kindOCIDir, b.kind == kindOCIDir
		switch {
		case aIsLayout && bIsLayout:
			return strings.Compare(a.real, b.real)
		case aIsLayout:
			return -1
		case bIsLayout:
			return 1
		}
		return 0
	})
	return dests
}

// settle waits until the new names are on the disk. It returns the first error.
func (w *writer) settle(dests []*destination) error {
	var first error
	for _, d := range dests {
		if err := d.settle(); err != nil && first == nil {
			first = fmt.Errorf("%s: its directory cannot be synced: %w", d.name(), bare(err))
		}
	}
	return first
}

// partial returns err with what is new despite it: the outputs in done, what
// engine and registry have got, and what streams have that nobody would take for
// damaged otherwise.
func (w *writer) partial(err error, done, kept []*destination) error {
	p := &partialError{err: err, done: slices.Clone(w.sent)}
	var part *publish.InterruptedError
	if errors.As(err, &part) {
		p.done, p.maybe = append(p.done, part.Done...), part.Maybe
	}
	for _, d := range done {
		if !d.isStream() {
			p.done = append(p.done, d.name())
		}
	}
	if len(done) > 0 || errors.Is(err, context.Canceled) {
		p.done = append(p.done, w.streamed()...)
	}
	if len(p.done) == 0 && p.maybe == "" {
		return err
	}
	for _, d := range kept {
		if !d.isStream() {
			p.kept = append(p.kept, d.name())
		}
	}
	return p
}

// streamed names the streams that something was written to.
func (w *writer) streamed() (names []string) {
	for _, d := range w.dests {
		m, ok := d.medium.(*streamMedium)
		switch {
		case !ok || !m.to.used:
		case m.finished:
			names = append(names, d.name())
		default:
			names = append(names, "a part of "+d.name())
		}
	}
	return names
}

func (d *destination) isStream() bool {
	_, ok := d.medium.(*streamMedium)
	return ok
}

// streamError puts the name of a device, a pipe or stdout before an error of
// closing it; other media name themselves.
func streamError(d *destination, err error) error {
	if d.isStream() {
		return destError(d.name(), err)
	}
	return err
}

// partialError is an error after which something is new all the same.
type partialError struct {
	err        error
	done, kept []string
	maybe      string // the engine or tag that may have the image, see publish.InterruptedError
}

func (e *partialError) Error() string { return e.err.Error() + "; " + e.state() }
func (e *partialError) Unwrap() error { return e.err }

// state says which outputs are new, which may be, and which are as they were.
func (e *partialError) state() string {
	var parts []string
	if len(e.done) > 0 {
		parts = append(parts, "written already: "+strings.Join(e.done, ", "))
	}
	if e.maybe != "" {
		parts = append(parts, e.maybe+" was sent the whole image and may have it")
	}
	if len(e.kept) > 0 {
		parts = append(parts, "as before: "+strings.Join(e.kept, ", "))
	}
	return strings.Join(parts, "; ")
}

// interruption says what an interrupted run has left.
func interruption(err error) string {
	var partial *partialError
	if errors.As(err, &partial) {
		return "interrupted; " + partial.state()
	}
	return "interrupted; nothing was written"
}
