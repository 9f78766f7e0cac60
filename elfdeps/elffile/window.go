package elffile

import (
	"io"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// windowSize is how much is read at once, in bytes: a page, which holds the headers
// of nearly every file, or its dynamic segment.
const windowSize = 4096

// window reads an open file piece by piece and remembers the last piece.
type window struct {
	r    io.ReaderAt
	file extent.Range // all of the file
	at   extent.Range // where buf is in the file
	buf  []byte
	room []byte // the memory of buf
}

// holds returns the bytes of part if the window has them.
func (w *window) holds(part extent.Range) ([]byte, bool) {
	if part.Offset() < w.at.Offset() || part.End() > w.at.End() {
		return nil, false
	}
	return w.buf[part.Offset()-w.at.Offset():][:part.Len()], true
}

// read returns the bytes of part, which stay valid until the next call.
func (w *window) read(part extent.Range) ([]byte, error) {
	if b, ok := w.holds(part); ok {
		return b, nil
	}
	return w.fill(part, part.Offset())
}

// fill reads the window anew, from an offset before part on, and returns part.
func (w *window) fill(part extent.Range, from uint64) ([]byte, error) {
	rest, _ := w.file.From(from)
	at := rest.Head(max(part.End()-from, windowSize))
	if uint64(cap(w.room)) < at.Len() {
		w.room = make([]byte, max(at.Len(), windowSize))
	}
	w.at, w.buf = extent.Range{}, nil
	b := w.room[:at.Len()]
	if err := at.ReadAt(w.r, b); err != nil {
		return nil, err
	}
	w.at, w.buf = at, b
	return b[part.Offset()-from:][:part.Len()], nil
}

// twoWindows reads at two places in turn and remembers both pieces: the
// names of libraries and those of versions are far apart in one string table.
type twoWindows struct {
	w    [2]window
	last int
}

func (t *twoWindows) open(r io.ReaderAt, file extent.Range) {
	for i := range t.w {
		t.w[i] = window{r: r, file: file, room: t.w[i].room}
	}
}

// read is window.read. It reads from a little before part on, since names are not
// needed in the order in which they are stored.
func (t *twoWindows) read(part extent.Range) ([]byte, error) {
	for i := range t.w {
		if b, ok := t.w[i].holds(part); ok {
			t.last = i
			return b, nil
		}
	}
	t.last = 1 - t.last
	before := min(part.Offset(), windowSize/4)
	return t.w[t.last].fill(part, part.Offset()-before)
}
