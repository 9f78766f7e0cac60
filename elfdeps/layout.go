package elfdeps

import (
	"encoding/binary"
	"io"
)

// layout reads the numbers of an ELF file of one class and byte order.
type layout struct {
	wide bool // ELFCLASS64
	big  bool // ELFDATA2MSB
}

func (l layout) u16(b []byte) uint16 {
	if l.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (l layout) u32(b []byte) uint32 {
	if l.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (l layout) u64(b []byte) uint64 {
	if l.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// word reads an address, offset or size.
func (l layout) word(b []byte) uint64 {
	if l.wide {
		return l.u64(b)
	}
	return uint64(l.u32(b))
}

// wordSize is the size of what word reads.
func (l layout) wordSize() int {
	if l.wide {
		return 8
	}
	return 4
}

// windowSize is how much is read at once: a page, which holds the headers of
// nearly every file, or its dynamic segment.
const windowSize = 4096

// window reads an open file piece by piece and remembers the last piece.
type window struct {
	r    io.ReaderAt
	size int64 // of the file
	off  int64 // of buf in the file
	buf  []byte
	room []byte // what buf is cut from
}

// at returns the n bytes at off, which stay valid until the next call; fewer
// when the file ends before. Only a read that failed gives an error.
func (w *window) at(off int64, n int) ([]byte, error) {
	if off < 0 || off >= w.size {
		return nil, nil
	}
	if int64(n) > w.size-off {
		n = int(w.size - off)
	}
	if off >= w.off && off-w.off+int64(n) <= int64(len(w.buf)) {
		return w.buf[off-w.off:][:n], nil
	}
	if err := w.fill(off, n); err != nil {
		return nil, err
	}
	return w.buf[:min(n, len(w.buf))], nil
}

// fill reads the window anew so that it begins at off and holds n bytes.
func (w *window) fill(off int64, n int) error {
	want := max(n, windowSize)
	if cap(w.room) < want {
		w.room = make([]byte, want)
	}
	got, err := w.r.ReadAt(w.room[:min(int64(want), w.size-off)], off)
	w.off, w.buf = off, w.room[:got]
	if err != nil && got < n && err != io.EOF { //nolint:errorlint // io.ReaderAt returns EOF itself
		return err
	}
	return nil
}

// twoWindows reads at two places in turn without forgetting either: the names
// of libraries and those of versions lie far apart in one string table.
type twoWindows struct {
	w    [2]window
	last int
}

func (t *twoWindows) open(r io.ReaderAt, size int64) {
	for i := range t.w {
		t.w[i] = window{r: r, size: size, room: t.w[i].room}
	}
}

// at is window.at. What has to be read is read from a little before off on,
// since names are not asked for in the order in which they lie.
func (t *twoWindows) at(off int64, n int) ([]byte, error) {
	for i := range t.w {
		if w := &t.w[i]; off >= w.off && off-w.off+int64(n) <= int64(len(w.buf)) {
			t.last = i
			return w.buf[off-w.off:][:n], nil
		}
	}
	t.last = 1 - t.last
	start := max(0, off-windowSize/4)
	b, err := t.w[t.last].at(start, n+int(off-start))
	if err != nil || int64(len(b)) <= off-start {
		return nil, err
	}
	return b[off-start:], nil
}
