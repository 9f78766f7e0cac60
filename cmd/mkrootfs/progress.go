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

// progressDelay is how long a step may take before progress is shown.
const progressDelay = time.Second

// meter shows how far the writing of a layer has come.
type meter struct {
	done  int64 // bytes so far
	start time.Time
	last  time.Time // when a line was written
	bar   *progressbar.ProgressBar
	w     io.Writer
}

func newMeter(w io.Writer, total int64, hasBar bool) *meter {
	m := &meter{start: time.Now(), w: w}
	if !hasBar {
		return m
	}
	m.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(&lateWriter{m}),
		progressbar.OptionSetDescription("packing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(true),
	)
	return m
}

// lateWriter shows nothing of what takes less than a second.
type lateWriter struct{ *meter }

func (l *lateWriter) Write(p []byte) (int, error) {
	if time.Since(l.start) < progressDelay {
		return len(p), nil
	}
	return l.w.Write(p)
}

// show shows that done bytes of total are done: in the bar, or as a line every few
// seconds, for logs.
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

// clear removes the bar before anything else is written.
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
