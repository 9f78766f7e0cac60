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

// progressDelay is the time after which progress is shown.
const progressDelay = time.Second

// meter shows the progress of writing a layer.
type meter struct {
	done  int64 // bytes so far
	start time.Time
	last  time.Time // of the last line
	bar   *progressbar.ProgressBar
	w     io.Writer
}

func newMeter(w io.Writer, total int64, hasBar bool) *meter {
	m := &meter{start: time.Now(), w: w}
	if !hasBar {
		return m
	}
	m.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(&delayedWriter{m}),
		progressbar.OptionSetDescription("packing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(true),
	)
	return m
}

// delayedWriter discards what is written before progressDelay has passed.
type delayedWriter struct{ *meter }

func (l *delayedWriter) Write(p []byte) (int, error) {
	if time.Since(l.start) < progressDelay {
		return len(p), nil
	}
	return l.w.Write(p)
}

// show updates the bar or, without one, writes a line every few seconds.
func (m *meter) show(done, total int64) {
	m.done = done
	if m.bar != nil {
		_ = m.bar.Set64(min(done, total))
		return
	}
	if now := time.Now(); now.Sub(m.start) >= progressDelay && now.Sub(m.last) >= 2*progressDelay {
		m.last = now
		fmt.Fprintf(m.w, "packing: %s of %s\n", show.Size(done), show.Size(total))
	}
}

// clear removes the bar, so that a message can be written.
func (m *meter) clear() {
	if m != nil && m.bar != nil && !m.bar.IsFinished() {
		_ = m.bar.Clear()
		m.bar = nil
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
