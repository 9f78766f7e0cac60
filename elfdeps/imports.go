package elfdeps

import (
	"bytes"
	"debug/elf"
	"fmt"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

const (
	maxImports     = 1 << 20 // entries of a symbol table that are looked at
	maxImportNames = 1 << 20 // bytes of a string table that are read at once
	maxImportName  = 4 << 10 // bytes of a symbol's name
)

// Imports returns the undefined dynamic symbols of the ELF file at path: the
// functions and variables that it takes from other objects. They stand in the
// order of the symbol table, without versions; a file that is linked
// statically has none.
//
// Like all of the package it goes by program headers. The dynamic segment does
// not say how long the symbol table is; DT_HASH does (gABI, chapter 5), else does
// the last symbol in DT_GNU_HASH, else the string table, which linkers put
// behind it.
func (r *Resolver) Imports(path string) ([]string, error) {
	var names []string
	err := r.inspect(path, func(f *elfFile, open sysroot.File) error {
		t := importTable{f: f, symbols: symbols{f: f, w: window{r: open, size: f.size}}}
		var err error
		names, err = t.undefined(open)
		return err
	})
	return names, err
}

// inspect opens the ELF file at path and hands it over.
func (r *Resolver) inspect(path string, look func(*elfFile, sysroot.File) error) error {
	s := r.session()
	o := s.open(s.abs(path))
	if o.err != nil {
		return fmt.Errorf("%s: %w", path, o.err)
	}
	open, err := s.root.OpenNode(o.node)
	if err != nil {
		return fmt.Errorf("%s: %w", path, sysroot.Errno(err))
	}
	defer open.Close()
	f := s.load(o)
	switch {
	case f.err != nil:
		return fmt.Errorf("%s: reading: %w", path, f.err)
	case isScript(f):
		return &KindError{path, "a script"}
	}
	if err := classify(f, path); err != nil {
		return err
	}
	if err := look(f, open); err != nil {
		return fmt.Errorf("%s: reading: %w", path, err)
	}
	return nil
}

// importTable walks a dynamic symbol table from its beginning.
type importTable struct {
	f       *elfFile
	symbols symbols
}

func (t *importTable) undefined(open sysroot.File) ([]string, error) {
	d := &t.f.dyn
	if d.symtab == 0 || d.strtab == 0 {
		return nil, nil
	}
	at, room, ok := t.f.offset(d.symtab)
	if !ok {
		return nil, nil
	}
	strs, err := t.strings(open)
	if err != nil {
		return nil, err
	}
	size := uint64(16)
	if t.f.wide {
		size = 24
	}
	count := min(t.count(size), room/size, maxImports)
	table := window{r: open, size: t.f.size}
	var names []string
	for i := uint64(1); i < count; i++ {
		b, err := table.at(at+int64(i*size), int(size))
		if err != nil {
			return names, err
		}
		if uint64(len(b)) < size {
			break
		}
		name := uint64(t.f.u32(b))
		if name >= strs.size {
			break // the symbol table has ended before
		}
		if t.isUndefined(b) && name != 0 {
			if s := strs.name(name); s != "" {
				names = append(names, s)
			}
		}
	}
	return names, nil
}

// isUndefined tells whether the entry b refers to another object: its section
// is SHN_UNDEF and its binding is not local, as what lies behind the table
// would mostly seem to be.
func (t *importTable) isUndefined(b []byte) bool {
	info, section := 12, 14
	if t.f.wide {
		info, section = 4, 6
	}
	bind := elf.ST_BIND(b[info])
	return elf.SectionIndex(t.f.u16(b[section:])) == elf.SHN_UNDEF && (bind == elf.STB_GLOBAL || bind == elf.STB_WEAK)
}

// nameTable is a dynamic string table: its beginning, which mostly is all of
// it, and a window on the rest.
type nameTable struct {
	head []byte
	rest window
	off  int64
	size uint64
}

// strings reads the dynamic string table.
func (t *importTable) strings(open sysroot.File) (nameTable, error) {
	off, room, ok := t.f.offset(t.f.dyn.strtab)
	if !ok || off >= t.f.size {
		return nameTable{}, nil
	}
	n := min(room, uint64(t.f.size-off))
	if t.f.dyn.strsz != 0 {
		n = min(n, t.f.dyn.strsz)
	}
	names := nameTable{head: make([]byte, min(n, maxImportNames)), rest: window{r: open, size: t.f.size}, off: off, size: n}
	if got, err := open.ReadAt(names.head, off); got < len(names.head) {
		return nameTable{}, err
	}
	return names, nil
}

// name returns the string at an offset of the table, "" if it does not end.
func (n *nameTable) name(at uint64) string {
	b := n.head[min(at, uint64(len(n.head))):]
	end := bytes.IndexByte(b, 0)
	if end < 0 && uint64(len(n.head)) < n.size {
		b, _ = n.rest.at(n.off+int64(at), int(min(maxImportName, n.size-at)))
		end = bytes.IndexByte(b, 0)
	}
	if end < 0 {
		return ""
	}
	return string(b[:end])
}

// count returns up to which entry, of size bytes each, undefined symbols may
// be found.
func (t *importTable) count(size uint64) uint64 {
	if n, ok := t.hashCount(); ok {
		return n
	}
	if n, ok := t.gnuCount(); ok {
		return n
	}
	if d := &t.f.dyn; d.strtab > d.symtab {
		return (d.strtab - d.symtab) / size
	}
	return maxImports
}

// hashCount is nchain of DT_HASH, which equals the number of symbols.
func (t *importTable) hashCount() (uint64, bool) {
	if t.f.dyn.hash == 0 {
		return 0, false
	}
	if t.f.machine == elf.EM_S390 && t.f.wide { // its words have 8 bytes
		b := t.symbols.bytes(t.f.dyn.hash+8, 8)
		if b == nil {
			return 0, false
		}
		return t.f.u64(b), true
	}
	n, ok := t.symbols.u32(t.f.dyn.hash + 4)
	return uint64(n), ok
}

// gnuCount is one more than the highest index in DT_GNU_HASH: the end of the
// chain of the bucket that begins last (gabi+, "GNU hash sections"). Undefined
// symbols are not hashed; linkers put nearly all of them before, and none
// behind. A table without any symbol tells nothing.
func (t *importTable) gnuCount() (uint64, bool) {
	base := t.f.dyn.gnuHash
	if base == 0 {
		return 0, false
	}
	head := bytes.Clone(t.symbols.bytes(base, 16))
	if head == nil {
		return 0, false
	}
	buckets, first, filter := uint64(t.f.u32(head)), uint64(t.f.u32(head[4:])), uint64(t.f.u32(head[8:]))
	table := base + 16 + filter*uint64(t.f.wordSize())
	last := uint64(0)
	for i := range min(buckets, maxImports) {
		start, ok := t.symbols.u32(table + 4*i)
		if !ok {
			return 0, false
		}
		last = max(last, uint64(start))
	}
	if last == 0 || last < first {
		return 0, false
	}
	for last < maxImports {
		hash, ok := t.symbols.u32(table + 4*buckets + 4*(last-first))
		last++
		if !ok || hash&1 != 0 {
			break
		}
	}
	return last, true
}
