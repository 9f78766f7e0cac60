package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"golang.org/x/term"

	"github.com/mkrootfs/mkrootfs/internal/meter"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/pack"
)

// This file prints messages. The package in which an error occurs words its text;
// package internal/explain adds hints to errors of packages that do not know the flags.
//
// A message is one line, "mkrootfs: error: …", "mkrootfs: warning: …" or
// "mkrootfs: hint: …", in lower case and without a full stop. An error names the path,
// then the operation. A hint names the flag, the file or the command that solves the
// problem. Every line is escaped for a terminal (quote.Printable), so that a name
// cannot imitate a message. In hints, which users copy, paths and other input are
// quoted for a shell (quote.ShellWord).

// ui writes messages to stderr.
type ui struct {
	w         io.Writer
	verbosity verbosity
	meter     *meter.Meter // the progress that is shown, nil if none
}

func newUI(w io.Writer) *ui { return &ui{w: w, verbosity: verbosity{progress: "auto"}} }

// message writes a message of a kind; nothing if text is "".
func (u *ui) message(kind, text string) {
	u.meter.Clear()
	if text != "" {
		fmt.Fprintf(u.w, "mkrootfs: %s: %s\n", kind, quote.Printable(text))
	}
}

// printf writes a line of the summary, unless --quiet is set.
func (u *ui) printf(format string, args ...any) {
	u.meter.Clear()
	if !u.verbosity.quiet {
		fmt.Fprintln(u.w, quote.Printable(fmt.Sprintf(format, args...)))
	}
}

// maxShown is the maximum number of warnings of one topic without --verbose.
const maxShown = 8

// warnings writes warnings. Of each topic it writes only the first few, and the hint
// once after them.
func (u *ui) warnings(list []pack.Warning) {
	if u.verbosity.quiet {
		return
	}
	for _, w := range list {
		if w.Topic == pack.Other || w.Topic == pack.Lacking {
			u.message("warning", w.Text)
			u.message("hint", w.Hint)
		}
	}
	for _, topic := range []pack.Topic{pack.Rights, pack.Denied, pack.Dangling} {
		count, hint := 0, ""
		for _, w := range list {
			if w.Topic != topic {
				continue
			}
			if count++; count <= maxShown || u.verbosity.verbose {
				u.message("warning", w.Text)
			}
			if w.Hint != "" {
				hint = w.Hint
			}
		}
		if more := count - maxShown; more > 0 && !u.verbosity.verbose {
			u.message("warning", fmt.Sprintf("and %d more %s", more, topic))
			u.message("hint", "add --verbose to see all of them")
		}
		u.message("hint", hint)
	}
}

// maxErrorLines is the maximum number of errors that are shown: enough for all missing
// libraries, but not for all files of a tree that cannot be packed.
const maxErrorLines = 50

// status writes a line for each part of err, then each different hint once, and
// returns the exit status.
func (u *ui) status(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReaderEnded):
		return exitPipe
	}
	if text := pack.Interruption(err); text != "" {
		u.message("error", text)
		return exitFailed
	}
	var hints []string
	messages := pack.Explain(err)
	for i, m := range messages {
		if i == maxErrorLines {
			u.message("error", fmt.Sprintf("and %d more", len(messages)-i))
			break
		}
		u.message("error", m.Text)
		if m.Hint != "" && !slices.Contains(hints, m.Hint) {
			hints = append(hints, m.Hint)
		}
	}
	for _, h := range hints {
		u.message("hint", h)
	}
	if pack.IsUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// usage returns a usage error.
var usage = usererr.Usage

// The exit statuses, as documented in the manual.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	// exitPipe is what a shell reports for a program that SIGPIPE ended, such as cat,
	// if the reader of stdout ends early.
	exitPipe = 128 + int(syscall.SIGPIPE)
)

// verbosity selects which messages are shown.
type verbosity struct {
	quiet, verbose bool
	progress       string
}

// progressFunc returns a function that shows the progress. It returns nil with --quiet,
// with --progress none, and with --progress auto if stderr is not a terminal.
func (u *ui) progressFunc() func(done, total int64) {
	switch {
	case u.verbosity.quiet || u.verbosity.progress == "none" || u.verbosity.progress == "auto" && !isTerminal(u.w):
		return nil
	}
	return func(done, total int64) {
		if u.meter.Restarts(done) {
			u.meter = meter.New(u.w, total, u.verbosity.progress == "auto")
		}
		u.meter.Show(done, total)
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
