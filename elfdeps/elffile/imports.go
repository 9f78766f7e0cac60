package elffile

import (
	"bytes"
	"debug/elf"
	"io"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

const (
	maxSymbols     = 1 << 20 // entries of a symbol table that are read
	maxImports     = 1 << 17 // of these, undefined ones
	maxImportBytes = 8 << 20 // bytes of their names
	maxImportTable = 1 << 20 // bytes of a string table that are read at once
	maxImportName  = 4 << 10 // bytes of a symbol's name
)

// Imports returns the undefined dynamic symbols of the file: the functions and
// variables that it takes from other objects. They are in the order of the
// symbol table, without versions; a file that is linked statically has none. A
// file that has more of them than any linker makes, 131072 or 8 MiB, is refused
// with a *FormatError.
//
// The dynamic segment does not say how long the symbol table is. DT_HASH does
// (gABI, chapter 5); without it the table ends with the last symbol in
// DT_GNU_HASH, and without that where the string table begins, which linkers put
// after it.
func (f *File) Imports() ([]string, error) {
	t := importTable{f: f.Info, symbols: symbolsOf(f.Info, f.r)}
	names, err := t.undefined(f.r)
	return names, f.failed(err)
}

// importTable reads a dynamic symbol table from its beginning.
type importTable struct {
	f       *Info
	symbols symbols
	names   []string
	bytes   int // of names
}

func (t *importTable) undefined(open io.ReaderAt) ([]string, error) {
	d := &t.f.Dynamic
	if d.symtab == 0 || d.strtab == 0 {
		return nil, nil
	}
	table, ok := t.f.at(d.symtab)
	if !ok {
		return nil, nil
	}
	strs, err := t.strings(open)
	if err != nil {
		return nil, err
	}
	if err := t.collect(table, strs, open); err != nil {
		return nil, err
	}
	if strs.err != nil {
		return nil, strs.err
	}
	return t.names, t.symbols.err
}

// collect adds the undefined symbols of the table, whose names are in strs.
func (t *importTable) collect(table extent.Range, strs *nameTable, open io.ReaderAt) error {
	size := uint64(16)
	if t.f.layout.Wide {
		size = 24
	}
	count := min(t.count(size), maxSymbols)
	entries := window{r: open, file: t.f.whole()}
	for i := uint64(1); i < count && t.symbols.err == nil; i++ {
		at, ok := table.Sub(i*size, size)
		if !ok {
			break
		}
		b, err := entries.read(at)
		if err != nil {
			return err
		}
		name := uint64(t.f.layout.U32(b))
		if name >= strs.all.Len() {
			break // beyond the end of the symbol table
		}
		if !t.isUndefined(b) || name == 0 {
			continue
		}
		if err := t.add(strs.name(name), at); err != nil {
			return err
		}
	}
	return nil
}

// add appends the name of the symbol at a place in the file.
func (t *importTable) add(name string, at extent.Range) error {
	if name == "" {
		return nil
	}
	if t.bytes += len(name); len(t.names) == maxImports || t.bytes > maxImportBytes {
		return &FormatError{t.f.Path, int64(at.Offset()), "too many undefined symbols"}
	}
	t.names = append(t.names, name)
	return nil
}

// isUndefined reports whether the entry b refers to another object: its section
// is SHN_UNDEF and its binding is not local. Bytes after the table would mostly
// look local.
func (t *importTable) isUndefined(b []byte) bool {
	info, section := 12, 14
	if t.f.layout.Wide {
		info, section = 4, 6
	}
	bind := elf.ST_BIND(b[info])
	undefined := elf.SectionIndex(t.f.layout.U16(b[section:])) == elf.SHN_UNDEF
	return undefined && (bind == elf.STB_GLOBAL || bind == elf.STB_WEAK)
}

// nameTable is a dynamic string table: its beginning, which is mostly all of it,
// and a window on the rest.
type nameTable struct {
	all  extent.Range
	head []byte
	rest window
	err  error // the first read of the rest that failed
}

// strings reads the dynamic string table.
func (t *importTable) strings(open io.ReaderAt) (*nameTable, error) {
	names := &nameTable{rest: window{r: open, file: t.f.whole()}}
	names.all, _ = t.f.at(t.f.Dynamic.strtab)
	if t.f.Dynamic.strsz != 0 {
		names.all = names.all.Head(t.f.Dynamic.strsz)
	}
	var err error
	names.head, err = names.all.Head(maxImportTable).Read(open)
	return names, err
}

// name returns the string at an offset of the table, "" if it does not end
// within maxImportName bytes.
func (n *nameTable) name(at uint64) string {
	b := n.head[min(at, uint64(len(n.head))):]
	if len(b) < maxImportName && uint64(len(n.head)) < n.all.Len() {
		rest, _ := n.all.From(at)
		var err error
		if b, err = n.rest.read(rest.Head(maxImportName)); err != nil {
			n.err = err
		}
	}
	end := bytes.IndexByte(b[:min(len(b), maxImportName)], 0)
	if end < 0 {
		return ""
	}
	return string(b[:end])
}

// count returns the number of entries, of size bytes each, among which undefined
// symbols may be.
func (t *importTable) count(size uint64) uint64 {
	if n, ok := t.hashCount(); ok {
		return n
	}
	if n, ok := t.gnuCount(); ok {
		return n
	}
	if d := &t.f.Dynamic; d.strtab > d.symtab {
		return (d.strtab - d.symtab) / size
	}
	return maxSymbols
}

// hashCount returns nchain of DT_HASH, which equals the number of symbols.
func (t *importTable) hashCount() (uint64, bool) {
	if t.f.Dynamic.hash == 0 {
		return 0, false
	}
	if t.f.Machine == elf.EM_S390 && t.f.layout.Wide { // its words have 8 bytes
		b := t.symbols.bytes(t.f.Dynamic.hash+8, 8)
		if b == nil {
			return 0, false
		}
		return t.f.layout.U64(b), true
	}
	n, ok := t.symbols.u32(t.f.Dynamic.hash + 4)
	return uint64(n), ok
}

// gnuCount returns one more than the highest index in DT_GNU_HASH: the end of the
// chain of the bucket that begins last (gabi+, "GNU hash sections"). Undefined
// symbols are not hashed; linkers put nearly all of them before the hashed ones,
// and none after these. A table without symbols does not give a number.
func (t *importTable) gnuCount() (uint64, bool) {
	if t.f.Dynamic.gnuHash == 0 {
		return 0, false
	}
	h, ok := t.symbols.gnuHeader()
	if !ok {
		return 0, false
	}
	buckets, first := h.buckets, h.first
	words, _ := t.f.at(h.table)
	last := uint64(0)
	for i := range min(buckets, maxSymbols) {
		start, ok := t.word(words, i)
		if !ok {
			return 0, false
		}
		last = max(last, start)
	}
	if last == 0 || last < first {
		return 0, false
	}
	for last < maxSymbols {
		hash, ok := t.word(words, buckets+last-first)
		last++
		if !ok || hash&1 != 0 {
			break
		}
	}
	return last, true
}

// word returns word i, of 4 bytes, of a part of the file; not ok when the file
// has none, or reading has failed.
func (t *importTable) word(words extent.Range, i uint64) (uint64, bool) {
	at, ok := words.Sub(4*i, 4)
	if !ok || t.symbols.err != nil {
		return 0, false
	}
	b := t.symbols.read(at)
	if b == nil {
		return 0, false
	}
	return uint64(t.f.layout.U32(b)), true
}
