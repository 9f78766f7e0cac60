package elftest

import (
	"debug/elf"
	"strings"
)

// versions writes DT_VERNEED and DT_VERDEF (gABI, GNU symbol versioning).
func (w *writer) versions() {
	if n := len(w.f.Verneed); n > 0 {
		at := w.add(w.verneed())
		w.dyn = append(w.dyn, Value(elf.DT_VERNEED, address(at)), Value(elf.DT_VERNEEDNUM, uint64(n)))
	}
	if n := len(w.f.Verdef); n > 0 {
		at := w.add(w.verdef())
		w.dyn = append(w.dyn, Value(elf.DT_VERDEF, address(at)), Value(elf.DT_VERDEFNUM, uint64(n)))
	}
}

func (w *writer) verneed() (b []byte) {
	for i, v := range w.f.Verneed {
		size := 16 + 16*len(v.Versions)
		b = w.u16(w.u16(b, 1), uint16(len(v.Versions)))
		b = w.u32(w.u32(b, w.str(v.File)), 16)
		b = w.u32(b, next(i, len(w.f.Verneed), size))
		for k, name := range v.Versions {
			flags := uint16(0)
			if strings.HasPrefix(name, "?") {
				name, flags = name[1:], uint16(elf.VER_FLG_WEAK)
			}
			b = w.u32(b, sysvHash(name))
			b = w.u16(w.u16(b, flags), uint16(k+2))
			b = w.u32(w.u32(b, w.str(name)), next(k, len(v.Versions), 16))
		}
	}
	return b
}

func (w *writer) verdef() (b []byte) {
	for i, name := range w.f.Verdef {
		b = w.u16(w.u16(b, 1), 0)
		b = w.u16(w.u16(b, uint16(i+2)), 1)
		b = w.u32(w.u32(b, sysvHash(name)), 20)
		b = w.u32(b, next(i, len(w.f.Verdef), 28))
		b = w.u32(w.u32(b, w.str(name)), 0)
	}
	return b
}

// next returns the distance from record i of n to the next one, 0 from the last.
func next(i, n, size int) uint32 {
	if i == n-1 {
		return 0
	}
	return uint32(size)
}

// symbols writes DT_SYMTAB and a DT_HASH of one bucket.
func (w *writer) symbols() {
	if len(w.f.Symbols) == 0 {
		return
	}
	size := 24
	if !w.wide {
		size = 16
	}
	tab := make([]byte, size)
	n := uint32(len(w.f.Symbols))
	hash := w.u32(w.u32(w.u32(nil, 1), n+1), 1)
	hash = w.u32(hash, 0)
	for i, s := range w.f.Symbols {
		tab = w.symbol(tab, s)
		hash = w.u32(hash, uint32(i+2)%(n+1))
	}
	w.dyn = append(w.dyn, Value(elf.DT_SYMTAB, address(w.add(tab))), Value(elf.DT_HASH, address(w.add(hash))),
		Value(elf.DT_SYMENT, uint64(size)))
}

func (w *writer) symbol(b []byte, s Symbol) []byte {
	section, addr := uint16(elf.SHN_UNDEF), uint64(0)
	if s.Defined {
		section, addr = 1, Base
	}
	const globalFunc = byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_FUNC)
	b = w.u32(b, w.str(s.Name))
	if w.wide {
		b = w.u16(append(b, globalFunc, 0), section)
		return w.word(w.word(b, addr), 0)
	}
	b = w.word(w.word(b, addr), 0)
	return w.u16(append(b, globalFunc, 0), section)
}

// sysvHash returns the hash of s by the function of the gABI, chapter 5.
func sysvHash(s string) (h uint32) {
	for i := range len(s) {
		h = h<<4 + uint32(s[i])
		h ^= h >> 24 & 0xf0
		h &= 0x0fffffff
	}
	return h
}
