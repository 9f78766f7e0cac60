package dest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/image/publish"
)

// partialError is an error despite which some outputs were written.
type partialError struct {
	err        error
	done, kept []string
	maybe      string // the engine or tag that may have the image, see publish.InterruptedError
}

func (e *partialError) Error() string { return e.err.Error() + "; " + e.state() }

func (e *partialError) Unwrap() error { return e.err }

// state returns a text that lists the outputs that were written, that may have been
// written, and that are unchanged.
func (e *partialError) state() string {
	var parts []string
	if len(e.done) > 0 {
		parts = append(parts, "already written: "+strings.Join(e.done, ", "))
	}
	if e.maybe != "" {
		parts = append(parts, e.maybe+" received the whole image and may have stored it")
	}
	if len(e.kept) > 0 {
		parts = append(parts, "unchanged: "+strings.Join(e.kept, ", "))
	}
	return strings.Join(parts, "; ")
}

// Partial returns err with a list of what was written despite it: sent, which names
// engines and registries, the outputs in done, and streams, if their content could be
// taken for a complete output. kept are the unchanged outputs. If nothing was written,
// Partial returns err.
func Partial(err error, sent []string, done, kept Set) error {
	p := &partialError{err: err, done: slices.Clone(sent)}
	var part *publish.InterruptedError
	if errors.As(err, &part) {
		p.done, p.maybe = append(p.done, part.Done...), part.Maybe
	}
	for _, d := range done {
		if !d.isStream() {
			p.done = append(p.done, d.Name)
		}
	}
	if len(done) > 0 || errors.Is(err, context.Canceled) {
		p.done = append(p.done, streamed(done, kept)...)
	}
	if len(p.done) == 0 && p.maybe == "" {
		return err
	}
	for _, d := range kept {
		if !d.isStream() {
			p.kept = append(p.kept, d.Name)
		}
	}
	return p
}

// streamed returns the names of the streams that received data.
func streamed(lists ...Set) (names []string) {
	for _, d := range slices.Concat(lists...) {
		stream, ok := d.Medium.(*Stream)
		if !ok {
			continue
		}
		switch begun, complete := stream.Written(); {
		case !begun:
		case complete:
			names = append(names, d.Name)
		default:
			names = append(names, "a part of "+d.Name)
		}
	}
	return names
}

// Interruption returns a message about what an interrupted run has left, "" unless
// err wraps context.Canceled.
func Interruption(err error) string {
	var partial *partialError
	switch {
	case !errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &partial):
		return "interrupted; " + partial.state()
	}
	return "interrupted; nothing was written"
}
