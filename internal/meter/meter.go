// Package meter shows the progress of writing a layer, as a bar or as lines. It shows
// nothing for work that takes less than a second. Start with New.
package meter

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mkrootfs/mkrootfs/internal/bytesize"
)

// delay is the time after which progress is shown.
const delay = time.Second

// Meter shows the progress of writing a layer. nil shows nothing.
type Meter struct {
	done  int64 // bytes so far
	start time.Time
	last  time.Time // of the last line
	bar   *progressbar.ProgressBar
	w     io.Writer
}

// New returns a meter that writes to w: a bar, or lines if hasBar is false. total is the
// number of bytes that the layer will have.
func New(w io.Writer, total int64, hasBar bool) *Meter {
	m := &Meter{start: time.Now(), w: w}
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

// delayedWriter discards what is written before delay has passed.
type delayedWriter struct{ *Meter }

func (l *delayedWriter) Write(p []byte) (int, error) {
	if time.Since(l.start) < delay {
		return len(p), nil
	}
	return l.w.Write(p)
}

// Restarts reports whether a layer of which done bytes are written is not the one that m
// shows: there is none yet, or the layer is written again.
func (m *Meter) Restarts(done int64) bool { return m == nil || done < m.done }

// Show updates the bar or, without one, writes a line every few seconds.
func (m *Meter) Show(done, total int64) {
	m.done = done
	if m.bar != nil {
		_ = m.bar.Set64(min(done, total))
		return
	}
	if now := time.Now(); now.Sub(m.start) >= delay && now.Sub(m.last) >= 2*delay {
		m.last = now
		fmt.Fprintf(m.w, "packing: %s of %s\n", bytesize.Text(done), bytesize.Text(total))
	}
}

// Clear removes the bar, so that a message can be written.
func (m *Meter) Clear() {
	if m != nil && m.bar != nil && !m.bar.IsFinished() {
		_ = m.bar.Clear()
		m.bar = nil
	}
}
