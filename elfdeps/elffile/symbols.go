package elffile

import (
	"debug/elf"
	"io"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// symbols looks up single names in a file's dynamic symbol table, by its hash table
// as loaders do. It reads only the entries that it compares. Addresses wrap around
// as they do in a loader.
type symbols struct {
	f   *Info
	w   window
	err error // the first read that failed
}

func symbolsOf(f *Info, open io.ReaderAt) symbols {
	return symbols{f: f, w: window{r: open, file: f.whole()}}
}

// HasSymbolTable reports whether a loader can look symbols up in the file.
func (f *Info) HasSymbolTable() bool {
	d := &f.Dynamic
	return d.symtab != 0 && (d.hash != 0 || d.gnuHash != 0)
}

// Defines reports whether the file, which has a symbol table and is read through
// r, defines all of names.
func (f *Info) Defines(r io.ReaderAt, names ...string) (bool, error) {
	t := symbolsOf(f, r)
	for _, name := range names {
		if !t.defined(name) {
			return false, t.err
		}
	}
	return true, t.err
}

// bytes returns the n bytes at a virtual address, nil if the file lacks them.
func (t *symbols) bytes(addr, n uint64) []byte {
	rest, _ := t.f.at(addr)
	at, ok := rest.Sub(0, n)
	if !ok {
		return nil
	}
	return t.read(at)
}

// read returns the bytes of a part of the file, nil after an error.
func (t *symbols) read(at extent.Range) []byte {
	b, err := t.w.read(at)
	if err != nil && t.err == nil {
		t.err = err
	}
	return b
}

func (t *symbols) u32(addr uint64) (uint32, bool) {
	b := t.bytes(addr, 4)
	if b == nil {
		return 0, false
	}
	return t.f.layout.U32(b), true
}

func (t *symbols) defined(name string) bool {
	if t.f.Dynamic.gnuHash != 0 {
		return t.inGNUHash(name)
	}
	return t.inHash(name)
}

// maxChain is the limit for entries of one hash chain.
const maxChain = 1 << 16

// inHash follows DT_HASH (gABI, chapter 5). Its words have 8 bytes on 64-bit s390.
func (t *symbols) inHash(name string) bool {
	word := uint64(4)
	if t.f.Machine == elf.EM_S390 && t.f.layout.Wide {
		word = 8
	}
	at := func(i uint64) (uint64, bool) {
		b := t.bytes(t.f.Dynamic.hash+i*word, word)
		switch {
		case b == nil:
			return 0, false
		case word == 8:
			return t.f.layout.U64(b), true
		}
		return uint64(t.f.layout.U32(b)), true
	}
	buckets, ok := at(0)
	if !ok || buckets == 0 {
		return false
	}
	i, ok := at(2 + uint64(sysvHash(name))%buckets)
	for n := 0; ok && i != 0 && n < maxChain; n++ {
		if t.isSymbol(i, name) {
			return true
		}
		i, ok = at(2 + buckets + i)
	}
	return false
}

// gnuHeader is the header of DT_GNU_HASH (gabi+, "GNU hash sections").
type gnuHeader struct {
	buckets uint64 // how many there are
	first   uint64 // the index of the first symbol that is hashed
	table   uint64 // the address of the buckets, behind the Bloom filter
}

func (t *symbols) gnuHeader() (h gnuHeader, ok bool) {
	base := t.f.Dynamic.gnuHash
	b := t.bytes(base, 16)
	if b == nil {
		return h, false
	}
	u32 := func(at int) uint64 { return uint64(t.f.layout.U32(b[at:])) }
	return gnuHeader{u32(0), u32(4), base + 16 + u32(8)*uint64(t.f.layout.WordSize())}, true
}

// inGNUHash follows DT_GNU_HASH (do_lookup_x in dl-lookup.c), without its
// Bloom filter.
func (t *symbols) inGNUHash(name string) bool {
	h, ok := t.gnuHeader()
	if !ok || h.buckets == 0 {
		return false
	}
	buckets, first, table := h.buckets, h.first, h.table
	hash := gnuHash(name)
	start, ok := t.u32(table + 4*(uint64(hash)%buckets))
	i := uint64(start)
	if !ok || i < first {
		return false
	}
	for n := 0; n < maxChain; n++ {
		h, ok := t.u32(table + 4*buckets + 4*(i-first))
		if !ok {
			return false
		}
		if h|1 == hash|1 && t.isSymbol(i, name) {
			return true
		}
		if h&1 != 0 {
			return false
		}
		i++
	}
	return false
}

// isSymbol reports whether entry i of the symbol table defines name.
func (t *symbols) isSymbol(i uint64, name string) bool {
	size, section := uint64(16), 14
	if t.f.layout.Wide {
		size, section = 24, 6
	}
	b := t.bytes(t.f.Dynamic.symtab+i*size, size)
	if b == nil || elf.SectionIndex(t.f.layout.U16(b[section:])) == elf.SHN_UNDEF {
		return false
	}
	got := t.bytes(t.f.Dynamic.strtab+uint64(t.f.layout.U32(b)), uint64(len(name))+1)
	return got != nil && string(got[:len(name)]) == name && got[len(name)] == 0
}

func sysvHash(s string) (h uint32) {
	for i := range len(s) {
		h = h<<4 + uint32(s[i])
		h ^= h >> 24 & 0xf0
		h &= 0x0fffffff
	}
	return h
}

func gnuHash(s string) uint32 {
	h := uint32(5381)
	for i := range len(s) {
		h = h*33 + uint32(s[i])
	}
	return h
}
