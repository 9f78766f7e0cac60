package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// patience is how long a step may take before progress is shown.
const patience = time.Second

// meter shows how far the writing of the layer has come.
type meter struct {
	total int64
	start time.Time
	show  func(m *meter, n int64)
	bar   *progressbar.ProgressBar
	w     io.Writer
	last  time.Time
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
		m.show = (*meter).plainLine
	case isTerminal(u.w):
		m.show = (*meter).draw
	default:
		return nil
	}
	return func(n int64) {
		if time.Since(m.start) >= patience {
			m.show(m, n)
		}
	}
}

// draw moves a bar, which goes away when the work is done.
func (m *meter) draw(n int64) {
	if m.bar == nil {
		m.bar = progressbar.NewOptions64(m.total,
			progressbar.OptionSetWriter(m.w),
			progressbar.OptionSetDescription("packing"),
			progressbar.OptionShowBytes(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(false),
		)
	}
	_ = m.bar.Set64(min(n, m.total))
}

// plainLine writes a line every few seconds, for logs.
func (m *meter) plainLine(n int64) {
	if time.Since(m.last) < 2*patience {
		return
	}
	m.last = time.Now()
	fmt.Fprintf(m.w, "packing: %s of %s\n", size(n), size(m.total))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
