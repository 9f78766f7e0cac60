package elfdeps

import (
	"debug/elf"
	"sync/atomic"

	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// elfFile is all that is ever read of one file.
type elfFile struct {
	layout
	real    string // its path, free of symlinks
	size    int64
	phdrs   extent.Range // its program headers
	ident   []byte       // what is there of the ELF header: 64 bytes at most
	head    []byte       // of a file that is no ELF file: its beginning
	openErr error        // why it could not be opened: an errno
	err     error        // why it could not be read
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
	off, addr, size uint64       // as the program header has them
	data            extent.Range // what the file has of these size bytes
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
	verdefs map[version]bool // the same; nil when they are few
	badVers string           // what glibc refuses the version tables for
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

// isELF reports whether the file begins with the ELF magic number.
func (f *elfFile) isELF() bool {
	return len(f.ident) >= 4 && string(f.ident[:4]) == elf.ELFMAG
}

// class returns EI_CLASS.
func (f *elfFile) class() elf.Class { return elf.Class(f.ident[elf.EI_CLASS]) }

// data returns EI_DATA.
func (f *elfFile) data() elf.Data { return elf.Data(f.ident[elf.EI_DATA]) }

// whole returns all of the file.
func (f *elfFile) whole() extent.Range { return extent.Of(f.size) }

// segmentAt returns the first PT_LOAD whose file image has a virtual address,
// nil if there is none.
func (f *elfFile) segmentAt(addr uint64) *segment {
	for i := range f.loads {
		if p := &f.loads[i]; p.addr <= addr && addr-p.addr < p.size {
			return p
		}
	}
	return nil
}

// at returns what the file has from a virtual address on, through PT_LOAD and up
// to the end of that segment. It is not ok when the file has nothing of it.
func (f *elfFile) at(addr uint64) (rest extent.Range, ok bool) {
	p := f.segmentAt(addr)
	if p == nil {
		return rest, false
	}
	rest, ok = p.data.From(addr - p.addr)
	return rest, ok && rest.Len() > 0
}

// malformed reports whether something is wrong with the file.
func (f *elfFile) malformed() bool { return f.broken != nil }
