package elfdeps

import (
	"debug/elf"
	"sync/atomic"
)

// elfFile is all that is ever read of one file.
type elfFile struct {
	layout
	real    string // its path, free of symlinks
	size    int64
	ident   []byte // what is there of the ELF header: 64 bytes at most
	head    []byte // of a file that is no ELF file: its beginning
	openErr error  // why it could not be opened: an errno
	err     error  // why it could not be read
	broken  *FormatError

	typ       elf.Type
	machine   elf.Machine
	eversion  uint32
	flags     uint32
	phentsize uint16

	loads   []segment
	dynamic segment // PT_DYNAMIC; its size is 0 when there is none
	dynMap  bool    // it lies in a PT_LOAD, and so where the loader sees it
	hasDyn  bool
	hasIntp bool
	interp  string
	fpABI   []byte // PT_MIPS_ABIFLAGS

	dyn dynamicInfo
}

// segment is the part of a program header that matters here.
type segment struct {
	off, addr, size uint64
	exec, write     bool
}

// dynamicInfo is what the dynamic segment says.
type dynamicInfo struct {
	needs      []need
	soname     string
	rpath      string
	runpath    string
	hasRpath   bool
	hasRunpath bool
	flags1     elf.DynFlag1
	audit      string
	depaudit   string

	verneed []verneed
	verdef  []version
	badVers string // what glibc refuses the version tables for
	hasDefs bool

	strtab, strsz   uint64
	symtab          uint64
	hash, gnuHash   uint64
	verneedAt, defs uint64
}

// need is a DT_NEEDED, DT_AUXILIARY or DT_FILTER entry.
type need struct {
	tag  elf.DynTag
	name string
}

// verneed is what an object wants of one library.
type verneed struct {
	file     string
	versions []version
	metBy    atomic.Pointer[elfFile] // the last file found to define them all
}

// version is the name of a symbol version with the hash that stands beside it,
// which need not be the name's.
type version struct {
	name string
	hash uint32
}

// isELF tells whether the file begins with the ELF magic number.
func (f *elfFile) isELF() bool {
	return len(f.ident) >= 4 && string(f.ident[:4]) == elf.ELFMAG
}

// class returns EI_CLASS.
func (f *elfFile) class() elf.Class { return elf.Class(f.ident[elf.EI_CLASS]) }

// data returns EI_DATA.
func (f *elfFile) data() elf.Data { return elf.Data(f.ident[elf.EI_DATA]) }

// offset maps a virtual address to a place in the file, through PT_LOAD; n is
// how many bytes of the segment's file image follow from there.
func (f *elfFile) offset(addr uint64) (off int64, n uint64, ok bool) {
	for _, p := range f.loads {
		if p.addr <= addr && addr-p.addr < p.size {
			in := addr - p.addr
			off := p.off + in
			if off < p.off || off > 1<<62 {
				return 0, 0, false
			}
			return int64(off), p.size - in, true
		}
	}
	return 0, 0, false
}

// malformed tells whether something is wrong with the file.
func (f *elfFile) malformed() bool { return f.broken != nil }
