// Package elftest writes tiny ELF files for tests, so that they need no
// compiler and run anywhere.
//
// A File has what the loader reads of an executable or shared object: headers,
// segments, and the dynamic segment with its tables. It has no code. All content is in
// one PT_LOAD segment, whose addresses differ from its offsets. Section headers are
// optional. Start with File.Bytes.
package elftest

import (
	"debug/elf"
	"encoding/binary"
)

// Base is the address at which byte 0 of each file is loaded.
const Base = 0x10000

// File describes an ELF file. The zero value is a 64-bit little-endian x86-64
// shared object without dependencies.
type File struct {
	Class      elf.Class   // default ELFCLASS64
	Data       elf.Data    // default ELFDATA2LSB
	Machine    elf.Machine // default EM_X86_64
	Type       elf.Type    // default ET_DYN
	OSABI      elf.OSABI
	ABIVersion uint8
	Flags      uint32 // e_flags

	Interp  string   // PT_INTERP, none if empty
	Soname  string   // DT_SONAME, none if empty
	Needed  []string // DT_NEEDED, in order
	Rpath   string   // DT_RPATH, none if empty
	Runpath string   // DT_RUNPATH, none if empty
	Flags1  uint64   // DT_FLAGS_1, none if 0

	Dyn       []Dyn // further dynamic entries, after those of the fields above
	AfterNull []Dyn // entries after the first DT_NULL, which loaders ignore
	Static    bool  // no PT_DYNAMIC

	Verneed []Verneed
	Verdef  []string // versions that the file defines
	Symbols []Symbol // .dynsym with a DT_HASH table, none if empty
	Notes   []Note

	Payload  []byte // bytes inside the PT_LOAD, for the strings of a loader
	Sections Sections
}

// Dyn is an entry of the dynamic segment: a value, or a string if Text is set.
type Dyn struct {
	Tag   elf.DynTag
	Value uint64
	Text  *string
}

// Text returns a dynamic entry whose value is a string, which may be empty.
func Text(tag elf.DynTag, s string) Dyn { return Dyn{Tag: tag, Text: &s} }

// Value returns a dynamic entry whose value is a number.
func Value(tag elf.DynTag, v uint64) Dyn { return Dyn{Tag: tag, Value: v} }

// Verneed are the versions that a file needs of one of its libraries. A version that
// begins with "?" is a weak reference.
type Verneed struct {
	File     string
	Versions []string
}

// Symbol is an entry of the dynamic symbol table.
type Symbol struct {
	Name    string
	Defined bool
}

// Note is an entry of a PT_NOTE segment.
type Note struct {
	Owner string
	Type  uint32
	Desc  []byte
}

// Sections is the kind of a file's section headers.
type Sections int

// The kinds of section headers.
const (
	NoSections   Sections = iota // no section headers
	WildSections                 // e_shoff points beyond the end of the file
	LyingDynamic                 // an SHT_DYNAMIC that points at zeros
)

// Bytes returns the file.
func (f File) Bytes() []byte {
	f.setDefaults()
	w := writer{f: &f, wide: f.Class == elf.ELFCLASS64, order: binary.AppendByteOrder(binary.LittleEndian)}
	if f.Data == elf.ELFDATA2MSB {
		w.order = binary.BigEndian
	}
	w.segments()
	return w.file()
}

func (f *File) setDefaults() {
	if f.Class == 0 {
		f.Class = elf.ELFCLASS64
	}
	if f.Data == 0 {
		f.Data = elf.ELFDATA2LSB
	}
	if f.Machine == 0 {
		f.Machine = elf.EM_X86_64
	}
	if f.Type == 0 {
		f.Type = elf.ET_DYN
	}
}
