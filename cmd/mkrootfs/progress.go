package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
)

// patience is how long a step may take before progress is shown.
const patience = time.Second

// meter shows how far the writing of the layer has come.
type meter struct {
	total int64
	start time.Time
	last  time.Time
	bar   *progressbar.ProgressBar
	w     io.Writer
}

// progressOf returns what to tell of the bytes of a tar of total bytes, nil
// when nobody wants to know: with --quiet, with --progress none, and by
// default where stderr is no terminal.
func (u *ui) progressOf(total int64) func(int64) {
	m := &meter{total: total, start: time.Now(), w: u.w}
	switch {
	case u.quiet || u.progress == "none":
		return nil
	case u.progress == "plain":
		return m.plainLine
	case !isTerminal(u.w):
		return nil
	}
	u.meter = m
	m.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(&lateWriter{m}),
		progressbar.OptionSetDescription("packing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(true),
	)
	return func(n int64) { _ = m.bar.Set64(min(n, total)) }
}

// lateWriter shows nothing of what takes less than a second.
type lateWriter struct{ *meter }

func (l *lateWriter) Write(p []byte) (int, error) {
	if time.Since(l.start) < patience {
		return len(p), nil
	}
	return l.w.Write(p)
}

// clear takes the bar away before anything else is written.
func (m *meter) clear() {
	if m != nil && m.bar != nil && !m.bar.IsFinished() {
		_ = m.bar.Clear()
		m.bar = nil
	}
}

// plainLine writes a line every few seconds, for logs.
func (m *meter) plainLine(n int64) {
	if now := time.Now(); now.Sub(m.start) >= patience && now.Sub(m.last) >= 2*patience {
		m.last = now
		fmt.Fprintf(m.w, "packing: %s of %s\n", show.Size(n), show.Size(m.total))
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
