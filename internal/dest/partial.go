package dest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/image/publish"
)

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

// Partial returns err with what is new despite it: the outputs in done, what was
// sent to engine and registry, and what the streams have got, where that could be
// taken for a whole output. kept are the outputs that are as they were.
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

// streamed names the streams that something was written to.
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
