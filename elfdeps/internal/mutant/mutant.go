// Package mutant makes mutants of ELF files for tests: files in whose headers and
// tables stand numbers that no linker writes. Start with New.
package mutant

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// Mutator makes mutants of one file: its headers, its dynamic segment and the
// tables that this points at get numbers that no linker writes.
type Mutator struct {
	*rand.Rand
	Data  []byte
	words [][2]int // offset and size of what is worth changing
	undo  []saved
}

// saved is what stood at a place before it was changed.
type saved struct {
	at   int
	data [8]byte
	n    int
}

// New returns the mutator of data. The same seed makes the same mutants.
func New(data []byte, seed uint64) *Mutator {
	m := &Mutator{Rand: rand.New(rand.NewPCG(seed, uint64(len(data)))), Data: data}
	add := func(from, to, step int) {
		for at := max(0, from); at+step <= min(to, len(data)); at += step {
			m.words = append(m.words, [2]int{at, step})
		}
	}
	add(0, 64, 2)
	add(24, 48, 8)
	for _, p := range placesOf(data) {
		add(p.at, p.at+p.n, p.step)
	}
	return m
}

// place is a part of a file that is worth changing: n bytes in steps.
type place struct{ at, n, step int }

// placesOf returns the program headers of an ELF file, its dynamic segment, the
// tables that this points at, and its notes.
func placesOf(data []byte) []place {
	f := elffile.Read(bytes.NewReader(data), int64(len(data)), "")
	l := layout.Of(f.Class, f.Data)
	phoff, size, count := int(l.U32(data[28:])), 32, 44
	if l.Wide {
		phoff, size, count = int(l.U64(data[32:])), 56, 56
	}
	n := int(l.U16(data[count:])) * size
	places := []place{{phoff, n, 8}, {phoff, n, 4}}
	table := func(addr uint64, n, step int) {
		for _, p := range f.Loads {
			if p.Addr <= addr && addr-p.Addr < p.Size {
				places = append(places, place{int(p.Offset + addr - p.Addr), min(n, int(p.Size-(addr-p.Addr))), step})
				return
			}
		}
	}
	table(f.Dynamic.Segment.Addr, int(min(f.Dynamic.Segment.Size, 1<<12)), l.WordSize())
	word := l.WordSize()
	for at := int(f.Dynamic.Segment.Offset); f.Dynamic.Present && at+2*word <= len(data); at += 2 * word {
		switch elf.DynTag(l.Word(data[at:])) {
		case elf.DT_NULL:
			at = len(data)
		case elf.DT_VERNEED, elf.DT_VERDEF, elf.DT_HASH, elf.DT_GNU_HASH, elf.DT_SYMTAB, elf.DT_STRTAB:
			table(l.Word(data[at+word:]), 256, 4)
		}
	}
	for at := phoff; at+size <= min(phoff+n, len(data)); at += size {
		if elf.ProgType(l.U32(data[at:])) == elf.PT_NOTE {
			offset := at + word // p_offset follows p_type, and p_flags in the wide layout
			places = append(places, place{int(l.Word(data[offset:])), 128, 4})
		}
	}
	return places
}

// wild returns a number at a border, or any.
func (m *Mutator) wild() uint64 {
	borders := [...]uint64{
		0, 1, 2, 0x7f, 0xff, 0xffff, 1 << 31, 1<<31 - 1, 1<<32 - 1, 1 << 32, 1 << 62, 1<<62 - 1, 1 << 63, 1<<63 - 1,
		0xc << 60, ^uint64(0), ^uint64(7), uint64(len(m.Data)), uint64(len(m.Data)) - 1, elftest.Base,
	}
	switch m.IntN(4) {
	case 0:
		return m.Uint64() >> m.UintN(64)
	case 1:
		return uint64(m.IntN(len(m.Data) + 1))
	}
	return borders[m.IntN(len(borders))] + uint64(m.IntN(3)) - 1
}

// Change makes the next mutant of data, and Revert the original again.
func (m *Mutator) Change() {
	for range 1 + m.IntN(4) {
		w := m.words[m.IntN(len(m.words))]
		s := saved{at: w[0], n: w[1]}
		copy(s.data[:], m.Data[w[0]:])
		m.undo = append(m.undo, s)
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], m.wild())
		if m.IntN(8) == 0 {
			binary.BigEndian.PutUint64(b[:], m.wild())
		}
		copy(m.Data[w[0]:w[0]+w[1]], b[:])
	}
}

// Revert undoes what Change did.
func (m *Mutator) Revert() {
	for i := len(m.undo) - 1; i >= 0; i-- {
		s := &m.undo[i]
		copy(m.Data[s.at:s.at+s.n], s.data[:])
	}
	m.undo = m.undo[:0]
}

// Changes describes what Change did.
func (m *Mutator) Changes() string {
	var b strings.Builder
	for _, s := range m.undo {
		fmt.Fprintf(&b, "%#x: %x was %x\n", s.at, m.Data[s.at:s.at+s.n], s.data[:s.n])
	}
	return b.String()
}
