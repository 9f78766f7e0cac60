package elfdeps

import (
	"debug/elf"
	"strings"
)

// upstream is what glibc's own configure makes of one ABI: where its loader is
// and in which directories it looks.
type upstream struct {
	machine elf.Machine
	class   elf.Class
	flags   uint32 // e_flags & mask must be flags
	mask    uint32
	interp  string
	dirs    string // relative to "/" and to "/usr/"
}

const (
	wide   = elf.ELFCLASS64
	narrow = elf.ELFCLASS32
)

// e_flags that tell ABIs of one machine apart (the psABI of each).
const (
	armHard      = 0x400
	armSoft      = 0x200
	riscvFloat   = 6 // 0 soft, 2 single, 4 double
	ppcABI       = 3
	mipsN32      = 0x20
	mipsNaN2008  = 0x400
	mipsFP64     = 0x200
	loongFloat   = 7 // 1 soft, 2 single, 3 double
	machLoongArc = elf.Machine(258)
)

// upstreams are glibc's ABIs (its shlib-versions and sysdeps configure files);
// the first that fits an ELF header is taken.
var upstreams = []upstream{
	{elf.EM_X86_64, wide, 0, 0, "/lib64/ld-linux-x86-64.so.2", "lib64"},
	{elf.EM_X86_64, narrow, 0, 0, "/libx32/ld-linux-x32.so.2", "libx32"},
	{elf.EM_386, narrow, 0, 0, "/lib/ld-linux.so.2", "lib"},
	{elf.EM_AARCH64, wide, 0, 0, "/lib/ld-linux-aarch64.so.1", "lib64"},
	{elf.EM_ARM, narrow, armHard, armHard, "/lib/ld-linux-armhf.so.3", "lib"},
	{elf.EM_ARM, narrow, 0, 0, "/lib/ld-linux.so.3", "lib"},
	{elf.EM_RISCV, wide, 4, riscvFloat, "/lib/ld-linux-riscv64-lp64d.so.1", "lib64/lp64d"},
	{elf.EM_RISCV, wide, 0, 0, "/lib/ld-linux-riscv64-lp64.so.1", "lib64/lp64"},
	{elf.EM_RISCV, narrow, 4, riscvFloat, "/lib/ld-linux-riscv32-ilp32d.so.1", "lib32/ilp32d"},
	{elf.EM_RISCV, narrow, 0, 0, "/lib/ld-linux-riscv32-ilp32.so.1", "lib32/ilp32"},
	{elf.EM_PPC64, wide, 2, ppcABI, "/lib64/ld64.so.2", "lib64"},
	{elf.EM_PPC64, wide, 0, 0, "/lib64/ld64.so.1", "lib64"},
	{elf.EM_PPC, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_S390, wide, 0, 0, "/lib/ld64.so.1", "lib64"},
	{elf.EM_S390, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_MIPS, wide, mipsNaN2008, mipsNaN2008, "/lib64/ld-linux-mipsn8.so.1", "lib64"},
	{elf.EM_MIPS, wide, 0, 0, "/lib64/ld.so.1", "lib64"},
	{elf.EM_MIPS, narrow, mipsN32, mipsN32, "/lib32/ld.so.1", "lib32"},
	{elf.EM_MIPS, narrow, mipsNaN2008, mipsNaN2008, "/lib/ld-linux-mipsn8.so.1", "lib"},
	{elf.EM_MIPS, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_SPARCV9, wide, 0, 0, "/lib64/ld-linux.so.2", "lib64"},
	{machLoongArc, wide, 3, loongFloat, "/lib64/ld-linux-loongarch-lp64d.so.1", "lib64"},
	{machLoongArc, wide, 0, 0, "/lib64/ld-linux-loongarch-lp64s.so.1", "lib64"},
	{elf.EM_68K, narrow, 0, 0, "/lib/ld.so.1", "lib"},
}

func upstreamOf(f *elfFile) *upstream {
	for i := range upstreams {
		u := &upstreams[i]
		if u.machine == f.machine && u.class == f.class() && f.flags&u.mask == u.flags {
			return u
		}
	}
	return nil
}

// muslArch is how musl's loader calls the machine of f: the ARCH of
// ld-musl-ARCH.so.1.
func muslArch(f *elfFile) string {
	little := map[bool]string{false: "el", true: ""}[f.big]
	switch f.machine {
	case elf.EM_X86_64:
		return map[bool]string{true: "x86_64", false: "x32"}[f.wide]
	case elf.EM_386:
		return "i386"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_ARM:
		if f.flags&armHard != 0 {
			return "armhf"
		}
		return "arm"
	case elf.EM_RISCV:
		return map[bool]string{true: "riscv64", false: "riscv32"}[f.wide]
	case elf.EM_PPC64:
		return strings.Replace("powerpc64"+little, "el", "le", 1)
	case elf.EM_PPC:
		return "powerpc"
	case elf.EM_S390:
		return "s390x"
	case elf.EM_MIPS:
		return map[bool]string{true: "mips64", false: "mips"}[f.wide] + little
	case machLoongArc:
		return "loongarch64"
	}
	return ""
}

// vdsoNames is the name of the object that the kernel maps into a process
// (the kernel's arch/*/vdso).
func vdsoNames(f *elfFile) string {
	switch {
	case f.machine == elf.EM_386:
		return "linux-gate.so.1"
	case f.machine == elf.EM_PPC64 || f.machine == elf.EM_S390 && f.wide:
		return "linux-vdso64.so.1"
	case f.machine == elf.EM_PPC || f.machine == elf.EM_S390:
		return "linux-vdso32.so.1"
	}
	return "linux-vdso.so.1"
}

// cacheFlags are the flags of the ld.so.cache entries that the loader f takes
// (§7; sysdeps/**/dl-cache.h, _DL_CACHE_DEFAULT_ID and _dl_cache_check_flags).
func cacheFlags(f *elfFile) []int32 {
	switch f.machine {
	case elf.EM_X86_64:
		return pick(f.wide, 0x303, 0x803)
	case elf.EM_386:
		return []int32{3, 1}
	case elf.EM_AARCH64:
		return []int32{0xa03}
	case elf.EM_ARM:
		return []int32{pick(f.flags&armHard != 0, 0x903, 0xb03)[0], 3}
	case elf.EM_PPC64:
		return []int32{0x503}
	case elf.EM_S390:
		return pick(f.wide, 0x403, 3)
	case elf.EM_SPARCV9:
		return []int32{0x103}
	case elf.EM_RISCV:
		return pick(f.flags&riscvFloat != 0, 0x1003, 0xf03)
	case machLoongArc:
		return pick(f.flags&loongFloat == 1, 0x1103, 0x1203)
	case elf.EM_MIPS:
		return mipsCacheFlags(f)
	}
	return []int32{3}
}

func mipsCacheFlags(f *elfFile) []int32 {
	nan2008 := f.flags&mipsNaN2008 != 0
	switch {
	case f.wide:
		return pick(nan2008, 0xe03, 0x703)
	case f.flags&mipsN32 != 0:
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

// signedChar tells whether C's char is signed on the machine, which shows in
// the order of ld.so.cache.
func signedChar(m elf.Machine) bool {
	switch m {
	case elf.EM_ARM, elf.EM_AARCH64, elf.EM_PPC, elf.EM_PPC64, elf.EM_S390, elf.EM_RISCV:
		return false
	}
	return true
}
