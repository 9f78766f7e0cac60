// Package layout reads the numbers of a binary format that comes in two word
// sizes and two byte orders: ELF files and ld.so.cache.
//
// It never checks bounds: the caller passes at least as many bytes as the number
// has. Start with Of.
package layout

import (
	"debug/elf"
	"encoding/binary"
)

// Layout is a word size and a byte order.
type Layout struct {
	Wide bool // ELFCLASS64
	Big  bool // ELFDATA2MSB
}

// Of returns the layout of an ELF file of the class and byte order.
func Of(c elf.Class, d elf.Data) Layout {
	return Layout{Wide: c == elf.ELFCLASS64, Big: d == elf.ELFDATA2MSB}
}

// U16 returns the 16-bit number at the beginning of b.
func (l Layout) U16(b []byte) uint16 {
	if l.Big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// U32 returns the 32-bit number at the beginning of b.
func (l Layout) U32(b []byte) uint32 {
	if l.Big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// U64 returns the 64-bit number at the beginning of b.
func (l Layout) U64(b []byte) uint64 {
	if l.Big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// Word reads an address, offset or size.
func (l Layout) Word(b []byte) uint64 {
	if l.Wide {
		return l.U64(b)
	}
	return uint64(l.U32(b))
}

// WordSize returns the size of what Word reads, in bytes.
func (l Layout) WordSize() int {
	if l.Wide {
		return 8
	}
	return 4
}
