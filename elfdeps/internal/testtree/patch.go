package testtree

import (
	"debug/elf"
	"encoding/binary"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// Patched returns b after writing little-endian numbers of 64 bits at offsets.
func Patched(b []byte, edits map[int]uint64) []byte {
	for at, v := range edits {
		binary.LittleEndian.PutUint64(b[at:], v)
	}
	return b
}

// Phdr returns the offset of the first program header of a type.
func Phdr(b []byte, typ elf.ProgType) int {
	for at := 64; at < 0x200; at += 56 {
		if elf.ProgType(binary.LittleEndian.Uint32(b[at:])) == typ {
			return at
		}
	}
	panic("no such segment")
}

// SixBytes is what a fuzzer did to /bin/ls: p_filesz of the first PT_LOAD is
// 0xc<<60 and the first name of a library stands at 1<<63 of the string table.
func SixBytes() []byte {
	b := elftest.File{
		Interp: GlibcLoader, Needed: []string{"liba.so"},
		Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"V1"}}},
	}.Bytes()
	return Patched(b, map[int]uint64{Phdr(b, elf.PT_LOAD) + 32: 0xc << 60, DynamicValue(b, elf.DT_NEEDED): 1 << 63})
}

// DynamicValue returns the offset of the value of the first dynamic entry with a tag.
func DynamicValue(b []byte, tag elf.DynTag) int {
	for at := binary.LittleEndian.Uint64(b[Phdr(b, elf.PT_DYNAMIC)+8:]); ; at += 16 {
		if binary.LittleEndian.Uint64(b[at:]) == uint64(tag) {
			return int(at) + 8
		}
	}
}
