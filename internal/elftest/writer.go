package elftest

import (
	"debug/elf"
	"encoding/binary"
	"strings"
)

// writer writes a File: the headers, then the content of the segments.
type writer struct {
	f     *File
	wide  bool
	order binary.AppendByteOrder

	body  []byte // the content after the headers
	progs []prog
	strs  []byte // the dynamic string table
	dyn   []Dyn
}

type prog struct {
	typ      elf.ProgType
	off, len int // relative to body
}

// headerSize is the number of bytes for the ELF and program headers.
const headerSize = 0x200

func (w *writer) u16(b []byte, v uint16) []byte { return w.order.AppendUint16(b, v) }

func (w *writer) u32(b []byte, v uint32) []byte { return w.order.AppendUint32(b, v) }

func (w *writer) word(b []byte, v uint64) []byte {
	if w.wide {
		return w.order.AppendUint64(b, v)
	}
	return w.order.AppendUint32(b, uint32(v))
}

// str returns the offset of s in the dynamic string table, to which it adds s if
// necessary.
func (w *writer) str(s string) uint32 {
	if len(w.strs) == 0 {
		w.strs = []byte{0}
	}
	if i := strings.Index(string(w.strs), "\x00"+s+"\x00"); i >= 0 {
		return uint32(i + 1)
	}
	if s == "" {
		return 0
	}
	at := len(w.strs)
	w.strs = append(append(w.strs, s...), 0)
	return uint32(at)
}

// add appends content, aligned to 8, and returns its offset in the body.
func (w *writer) add(b []byte) int {
	for len(w.body)%8 != 0 {
		w.body = append(w.body, 0)
	}
	at := len(w.body)
	w.body = append(w.body, b...)
	return at
}

func (w *writer) segment(t elf.ProgType, b []byte) {
	w.progs = append(w.progs, prog{t, w.add(b), len(b)})
}

// address returns the address of the byte at the offset off in the body.
func address(off int) uint64 { return uint64(Base + headerSize + off) }

func (w *writer) segments() {
	f := w.f
	if f.Interp != "" {
		w.segment(elf.PT_INTERP, append([]byte(f.Interp), 0))
	}
	if len(f.Notes) > 0 {
		w.segment(elf.PT_NOTE, w.notes())
	}
	if !f.Static {
		w.dynamic()
	}
	w.add(f.Payload)
}

func (w *writer) notes() (b []byte) {
	for _, n := range w.f.Notes {
		b = w.u32(b, uint32(len(n.Owner)+1))
		b = w.u32(b, uint32(len(n.Desc)))
		b = w.u32(b, n.Type)
		b = pad4(append(append(b, n.Owner...), 0))
		b = pad4(append(b, n.Desc...))
	}
	return b
}

func pad4(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// dynamic writes the tables that the dynamic segment names, then the segment.
func (w *writer) dynamic() {
	f := w.f
	texts := func(tag elf.DynTag, values ...string) {
		for _, s := range values {
			if s != "" || tag == elf.DT_NEEDED {
				w.dyn = append(w.dyn, Text(tag, s))
			}
		}
	}
	texts(elf.DT_NEEDED, f.Needed...)
	texts(elf.DT_SONAME, f.Soname)
	texts(elf.DT_RPATH, f.Rpath)
	texts(elf.DT_RUNPATH, f.Runpath)
	if f.Flags1 != 0 {
		w.dyn = append(w.dyn, Value(elf.DT_FLAGS_1, f.Flags1))
	}
	w.versions()
	w.symbols()
	w.dyn = append(w.dyn, f.Dyn...)
	for _, d := range append(w.dyn, f.AfterNull...) {
		if d.Text != nil {
			w.str(*d.Text)
		}
	}
	at := w.add(w.strs)
	w.dyn = append([]Dyn{Value(elf.DT_STRTAB, address(at)), Value(elf.DT_STRSZ, uint64(len(w.strs)))}, w.dyn...)
	w.dyn = append(w.dyn, Value(elf.DT_NULL, 0))
	w.dyn = append(w.dyn, f.AfterNull...)
	var b []byte
	for _, d := range w.dyn {
		v := d.Value
		if d.Text != nil {
			v = uint64(w.str(*d.Text))
		}
		b = w.word(w.word(b, uint64(d.Tag)), v)
	}
	w.segment(elf.PT_DYNAMIC, b)
}

// file returns the file: headers and body.
func (w *writer) file() []byte {
	f := w.f
	ehsize, phsize, shsize := 64, 56, 64
	if !w.wide {
		ehsize, phsize, shsize = 52, 32, 40
	}
	body := w.body
	shoff, shnum := uint64(0), 0
	switch f.Sections {
	case WildSections:
		shoff, shnum = 1<<30, 9
	case LyingDynamic:
		body = append(body, make([]byte, 64)...)
		at := len(body)
		body = append(body, w.lyingSection(shsize, headerSize+at-64)...)
		shoff, shnum = uint64(headerSize+at), 1
	}
	b := []byte{0x7f, 'E', 'L', 'F', byte(f.Class), byte(f.Data), 1, byte(f.OSABI), f.ABIVersion, 0, 0, 0, 0, 0, 0, 0}
	b = w.u16(b, uint16(f.Type))
	b = w.u16(b, uint16(f.Machine))
	b = w.u32(b, 1)
	b = w.word(b, 0)
	b = w.word(b, uint64(ehsize))
	b = w.word(b, shoff)
	b = w.u32(b, f.Flags)
	for _, v := range []int{ehsize, phsize, len(w.progs) + 1, shsize, shnum, 0} {
		b = w.u16(b, uint16(v))
	}
	b = w.phdr(b, elf.PT_LOAD, 0, headerSize+len(body))
	for _, p := range w.progs {
		b = w.phdr(b, p.typ, headerSize+p.off, p.len)
	}
	return append(append(b, make([]byte, headerSize-len(b))...), body...)
}

func (w *writer) phdr(b []byte, t elf.ProgType, off, size int) []byte {
	addr := uint64(Base + off)
	b = w.u32(b, uint32(t))
	if w.wide {
		b = w.u32(b, uint32(elf.PF_R))
	}
	b = w.word(b, uint64(off))
	b = w.word(b, addr)
	b = w.word(b, addr)
	b = w.word(b, uint64(size))
	b = w.word(b, uint64(size))
	if !w.wide {
		b = w.u32(b, uint32(elf.PF_R))
	}
	return w.word(b, 0x1000)
}

// lyingSection returns a section header of type SHT_DYNAMIC with a wrong offset.
func (w *writer) lyingSection(size, off int) []byte {
	b := w.u32(nil, 0)
	b = w.u32(b, uint32(elf.SHT_DYNAMIC))
	b = w.word(b, 0)
	b = w.word(b, 0)
	b = w.word(b, uint64(off))
	b = w.word(b, 64)
	return append(b, make([]byte, size-len(b))...)
}
