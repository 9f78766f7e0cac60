package elffile

import (
	"debug/elf"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// Info is what a loader's search needs to know of a file: its ELF header, its
// program headers, its dynamic segment and its symbol versions. It holds no open
// file and does not change once it is read, so that several goroutines may share
// it.
type Info struct {
	Path string // as errors name the file
	Size int64  // in bytes
	// Ident is the beginning of an ELF header, 64 bytes at most; Head the
	// beginning of a file that is not an ELF file, 256 bytes at most.
	Ident, Head []byte
	Err         error        // why the file could not be read; the rest is incomplete then
	Malformed   *FormatError // the first contradiction in the file; reading ended there

	Header
	Loads     []Segment // the PT_LOAD segments
	HasInterp bool
	Interp    string // PT_INTERP; only the first one counts, as for the kernel
	FloatABI  []byte // PT_MIPS_ABIFLAGS
	Dynamic   Dynamic

	layout layout.Layout
	phdrs  extent.Range // the program headers
}

// Header is the part of the ELF header that loaders compare.
type Header struct {
	ABI
	Type      elf.Type
	Version   uint32 // e_version
	PhentSize uint16 // e_phentsize, in bytes
}

// Segment is a program header.
type Segment struct {
	Offset, Addr, Size uint64 // p_offset, p_vaddr and p_filesz, unchecked
	Exec, Write        bool   // PF_X and PF_W

	data extent.Range // the bytes of the segment that the file has
}

// Dynamic is the dynamic segment.
type Dynamic struct {
	Present bool    // the file has a PT_DYNAMIC
	Mapped  bool    // it lies in a PT_LOAD, where a loader finds it
	Segment Segment // the last PT_DYNAMIC, even an empty one

	Needed          []Needed
	Soname          string
	Rpath, Runpath  string
	HasRpath        bool // there is a DT_RPATH, even an empty one
	HasRunpath      bool // there is a DT_RUNPATH, even an empty one
	Flags1          elf.DynFlag1
	Audit, DepAudit string // DT_AUDIT, DT_DEPAUDIT
	Versions        Versions

	tables
}

// tables are the addresses of the tables that the dynamic segment names, and the
// size of the string table.
type tables struct {
	strtab, strsz       uint64
	symtab              uint64
	hash, gnuHash       uint64
	verneedAt, verdefAt uint64
}

// Needed is a DT_NEEDED, DT_AUXILIARY or DT_FILTER entry.
type Needed struct {
	Tag  elf.DynTag
	Name string
}

// Versions are the symbol versions that a file requires and defines.
type Versions struct {
	Required []VersionNeed
	// HasDefinitions is set when the file defines any version.
	HasDefinitions bool
	// Unsupported says why glibc refuses the tables; "" when it does not.
	Unsupported string

	defined []Version
	table   map[Version]bool // the same; nil when they are few
}

// VersionNeed names the versions that a file requires of one library.
type VersionNeed struct {
	File     string // the library, as in DT_NEEDED
	Versions []Version
}

// Version is the name of a symbol version and the hash that is stored with it,
// which need not be that of the name.
type Version struct {
	Name string
	Hash uint32
}

// Defines reports whether the file defines version.
func (v *Versions) Defines(version Version) bool {
	if v.table != nil {
		return v.table[version]
	}
	return slices.Contains(v.defined, version)
}

// IsELF reports whether the file begins with the ELF magic number.
func (f *Info) IsELF() bool {
	return len(f.Ident) >= 4 && string(f.Ident[:4]) == elf.ELFMAG
}

// whole returns the range of all bytes of the file.
func (f *Info) whole() extent.Range { return extent.Of(f.Size) }

// segmentAt returns the first PT_LOAD whose file image has a virtual address,
// nil if there is none.
func (f *Info) segmentAt(addr uint64) *Segment {
	for i := range f.Loads {
		if p := &f.Loads[i]; p.Addr <= addr && addr-p.Addr < p.Size {
			return p
		}
	}
	return nil
}

// at returns what the file has from a virtual address on, through PT_LOAD and up
// to the end of that segment. It is not ok when the file has nothing of it.
func (f *Info) at(addr uint64) (rest extent.Range, ok bool) {
	p := f.segmentAt(addr)
	if p == nil {
		return rest, false
	}
	rest, ok = p.data.From(addr - p.Addr)
	return rest, ok && rest.Len() > 0
}

// malformed reports whether something is wrong with the file.
func (f *Info) malformed() bool { return f.Malformed != nil }
