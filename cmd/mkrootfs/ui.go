package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/pack"
)

// What a person reads is laid out in this file. Errors are worded where they arise;
// package internal/explain has the hints for those of packages that know no flags.
//
// The rules: one line a message, "mkrootfs: error: …", "mkrootfs: warning: …" or
// "mkrootfs: hint: …"; lower case, no full stop; the path first, then what was being
// done; a hint names the flag, the file or the command that cures it. All of it is
// escaped as a terminal needs (quote.Printable), so that a name cannot look like a
// line; a hint has a path, a name or other text from outside as a word of the shell
// (quote.ShellWord), since hints are copied.

// ui writes messages to stderr.
type ui struct {
	w     io.Writer
	talk  talk
	meter *meter // what is on the screen, if anything
}

func newUI(w io.Writer) *ui { return &ui{w: w, talk: talk{progress: "auto"}} }

// line writes a message of a kind, nothing if text is "".
func (u *ui) line(kind, text string) {
	u.meter.clear()
	if text != "" {
		fmt.Fprintf(u.w, "mkrootfs: %s: %s\n", kind, quote.Printable(text))
	}
}

// say writes a line of the account.
func (u *ui) say(format string, args ...any) {
	u.meter.clear()
	if !u.talk.quiet {
		fmt.Fprintln(u.w, quote.Printable(fmt.Sprintf(format, args...)))
	}
}

// maxShown is how many warnings of one topic are shown without --verbose.
const maxShown = 8

// warnings writes warnings, of a topic with many only the first few. The hint of a
// topic comes once, at its end.
func (u *ui) warnings(list []pack.Warning) {
	if u.talk.quiet {
		return
	}
	for _, w := range list {
		if w.Topic == pack.Other {
			u.line("warning", w.Text)
			u.line("hint", w.Hint)
		}
	}
	for _, topic := range []pack.Topic{pack.Rights, pack.Dangling} {
		count, hint := 0, ""
		for _, w := range list {
			if w.Topic != topic {
				continue
			}
			if count++; count <= maxShown || u.talk.verbose {
				u.line("warning", w.Text)
			}
			if w.Hint != "" {
				hint = w.Hint
			}
		}
		if more := count - maxShown; more > 0 && !u.talk.verbose {
			u.line("warning", fmt.Sprintf("and %d more %s", more, topic))
			u.line("hint", "add --verbose to see all of them")
		}
		u.line("hint", hint)
	}
}

// maxErrorLines is how many errors of one run are shown: each missing library, but
// not each file of a tree that cannot be packed.
const maxErrorLines = 50

// status reports err, every part of a joined error on a line of its own with each
// different hint once, and returns the exit status that it means.
func (u *ui) status(err error) int {
	if err == nil {
		return exitDone
	}
	if text := pack.Interruption(err); text != "" {
		u.line("error", text)
		return exitFailed
	}
	var hints []string
	messages := pack.Explain(err)
	for i, m := range messages {
		if i == maxErrorLines {
			u.line("error", fmt.Sprintf("and %d more", len(messages)-i))
			break
		}
		u.line("error", m.Text)
		if m.Hint != "" && !slices.Contains(hints, m.Hint) {
			hints = append(hints, m.Hint)
		}
	}
	for _, h := range hints {
		u.line("hint", h)
	}
	if pack.IsUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// usage returns an error for wrong usage.
var usage = usererr.Usage

// Exit statuses, as the manual promises them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// talk is how much to say.
type talk struct {
	quiet, verbose bool
	progress       string
}

// progressOf returns a function that shows how many of total bytes are done; nil if
// that is not to be shown: with --quiet, with --progress none, and by default where
// stderr is not a terminal.
func (u *ui) progressOf() func(done, total int64) {
	switch {
	case u.talk.quiet || u.talk.progress == "none" || u.talk.progress == "auto" && !isTerminal(u.w):
		return nil
	}
	return func(done, total int64) {
		if u.meter == nil || done < u.meter.done { // the layer is written once more
			u.meter = newMeter(u.w, total, u.talk.progress == "auto")
		}
		u.meter.show(done, total)
	}
}
