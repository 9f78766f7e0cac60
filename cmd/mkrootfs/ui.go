package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
)

// What a person reads is worded where it goes wrong and laid out in this file;
// hints.go has the hints of errors that come from the other packages.
//
// The rules: one line a message, "mkrootfs: error: …", "mkrootfs: warning: …"
// or "mkrootfs: hint: …"; lower case, no full stop; the path first, then what
// was being done; a hint names the flag, the file or the command that mends it.
// What a terminal would not show as it is (tell.Printable) is escaped in all of
// it, so that a name cannot forge a line; a hint that holds a path, a name or
// other text from outside has it as a word of the shell (shellWord), since hints
// are copied.

// ui writes messages to stderr.
type ui struct {
	w              io.Writer
	quiet, verbose bool
	progress       string
	meter          *meter // the bar on the screen, if any
}

func newUI(w io.Writer) *ui { return &ui{w: w, progress: "auto"} }

func (u *ui) configure(o *options) {
	u.quiet, u.verbose, u.progress = o.quiet, o.verbose, o.progress
}

func (u *ui) line(kind, text string) {
	u.meter.clear()
	if text != "" {
		fmt.Fprintf(u.w, "mkrootfs: %s: %s\n", kind, tell.Printable(text))
	}
}

func (u *ui) warn(text, hint string) {
	if u.quiet {
		return
	}
	u.line("warning", text)
	u.line("hint", hint)
}

// say writes a line of the account.
func (u *ui) say(format string, args ...any) {
	u.meter.clear()
	if !u.quiet {
		fmt.Fprintln(u.w, tell.Printable(fmt.Sprintf(format, args...)))
	}
}

// maxErrorLines is how many errors of one run are told: each missing library, and
// not each file of a tree that cannot be packed.
const maxErrorLines = 50

// fail reports err, every part of a joined error on a line of its own with
// each different hint once, and returns the exit status that it means.
func (u *ui) fail(err error) int {
	var wrong *tell.UsageError
	if errors.As(err, &wrong) {
		u.line("error", wrong.Text)
		u.line("hint", wrong.Hint)
		return exitUsage
	}
	if errors.Is(err, context.Canceled) {
		u.line("error", interruption(err))
		return exitFailed
	}
	var hints []string
	parts := flatten(err)
	for i, part := range parts {
		if i == maxErrorLines {
			u.line("error", fmt.Sprintf("and %d more", len(parts)-i))
			break
		}
		text, hint := describe(part)
		u.line("error", text)
		if hint != "" && !slices.Contains(hints, hint) {
			hints = append(hints, hint)
		}
	}
	for _, h := range hints {
		u.line("hint", h)
	}
	return exitFailed
}

func (u *ui) status(err error) int {
	if err != nil {
		return u.fail(err)
	}
	return exitDone
}

// flatten takes joined errors apart. What wraps several errors with words of
// its own, rather than as errors.Join does, stays one.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only what is joined at the top is a list
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flatten(e)...)
	}
	return out
}

// How errors get their hints.
var (
	usage     = tell.Usage
	withHint  = tell.Hint
	shellWord = tell.ShellWord
)
