package ldcache

import (
	"debug/elf"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/eflags"
)

// Flags returns the flags of the cache entries that the loaders of an ABI accept,
// its own first (§7; sysdeps/**/dl-cache.h, _DL_CACHE_DEFAULT_ID and
// _dl_cache_check_flags).
func Flags(a elffile.ABI) []int32 {
	wide := a.Class == elf.ELFCLASS64
	switch a.Machine {
	case elf.EM_X86_64:
		return pick(wide, 0x303, 0x803)
	case elf.EM_386:
		return []int32{3, 1}
	case elf.EM_AARCH64:
		return []int32{0xa03}
	case elf.EM_ARM:
		return []int32{pick(a.Flags&eflags.ArmHard != 0, 0x903, 0xb03)[0], 3}
	case elf.EM_PPC64:
		return []int32{0x503}
	case elf.EM_S390:
		return pick(wide, 0x403, 3)
	case elf.EM_SPARCV9:
		return []int32{0x103}
	case elf.EM_RISCV:
		return pick(a.Flags&eflags.RISCVFloat != 0, 0x1003, 0xf03)
	case elf.EM_LOONGARCH:
		return pick(a.Flags&eflags.LoongFloat == 1, 0x1103, 0x1203)
	case elf.EM_MIPS:
		return mipsFlags(a)
	}
	return []int32{3}
}

func mipsFlags(a elffile.ABI) []int32 {
	wide := a.Class == elf.ELFCLASS64
	nan2008 := a.Flags&eflags.MIPSNaN2008 != 0
	switch {
	case wide:
		return pick(nan2008, 0xe03, 0x703)
	case a.Flags&eflags.MIPSN32 != 0:
		return pick(nan2008, 0xd03, 0x603)
	}
	return pick(nan2008, 0xc03, 3)
}

func pick(first bool, a, b int32) []int32 {
	if first {
		return []int32{a}
	}
	return []int32{b}
}

// signedChar reports whether C's char is signed on the machine. The order of names
// in ld.so.cache depends on it.
func signedChar(m elf.Machine) bool {
	switch m {
	case elf.EM_ARM, elf.EM_AARCH64, elf.EM_PPC, elf.EM_PPC64, elf.EM_S390, elf.EM_RISCV:
		return false
	}
	return true
}
