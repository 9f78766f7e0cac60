package ldso

import (
	"debug/elf"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/eflags"
)

// upstream is what glibc's own configure chooses for one ABI: the path of the loader
// and the directories that it searches.
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

// upstreams are glibc's ABIs (its shlib-versions and sysdeps configure files);
// the first that matches an ELF header is used.
var upstreams = []upstream{
	{elf.EM_X86_64, wide, 0, 0, "/lib64/ld-linux-x86-64.so.2", "lib64"},
	{elf.EM_X86_64, narrow, 0, 0, "/libx32/ld-linux-x32.so.2", "libx32"},
	{elf.EM_386, narrow, 0, 0, "/lib/ld-linux.so.2", "lib"},
	{elf.EM_AARCH64, wide, 0, 0, "/lib/ld-linux-aarch64.so.1", "lib64"},
	{elf.EM_ARM, narrow, eflags.ArmHard, eflags.ArmHard, "/lib/ld-linux-armhf.so.3", "lib"},
	{elf.EM_ARM, narrow, 0, 0, "/lib/ld-linux.so.3", "lib"},
	{elf.EM_RISCV, wide, 4, eflags.RISCVFloat, "/lib/ld-linux-riscv64-lp64d.so.1", "lib64/lp64d"},
	{elf.EM_RISCV, wide, 0, 0, "/lib/ld-linux-riscv64-lp64.so.1", "lib64/lp64"},
	{elf.EM_RISCV, narrow, 4, eflags.RISCVFloat, "/lib/ld-linux-riscv32-ilp32d.so.1", "lib32/ilp32d"},
	{elf.EM_RISCV, narrow, 0, 0, "/lib/ld-linux-riscv32-ilp32.so.1", "lib32/ilp32"},
	{elf.EM_PPC64, wide, 2, eflags.PPCABI, "/lib64/ld64.so.2", "lib64"},
	{elf.EM_PPC64, wide, 0, 0, "/lib64/ld64.so.1", "lib64"},
	{elf.EM_PPC, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_S390, wide, 0, 0, "/lib/ld64.so.1", "lib64"},
	{elf.EM_S390, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_MIPS, wide, eflags.MIPSNaN2008, eflags.MIPSNaN2008, "/lib64/ld-linux-mipsn8.so.1", "lib64"},
	{elf.EM_MIPS, wide, 0, 0, "/lib64/ld.so.1", "lib64"},
	{elf.EM_MIPS, narrow, eflags.MIPSN32, eflags.MIPSN32, "/lib32/ld.so.1", "lib32"},
	{elf.EM_MIPS, narrow, eflags.MIPSNaN2008, eflags.MIPSNaN2008, "/lib/ld-linux-mipsn8.so.1", "lib"},
	{elf.EM_MIPS, narrow, 0, 0, "/lib/ld.so.1", "lib"},
	{elf.EM_SPARCV9, wide, 0, 0, "/lib64/ld-linux.so.2", "lib64"},
	{elf.EM_LOONGARCH, wide, 3, eflags.LoongFloat, "/lib64/ld-linux-loongarch-lp64d.so.1", "lib64"},
	{elf.EM_LOONGARCH, wide, 0, 0, "/lib64/ld-linux-loongarch-lp64s.so.1", "lib64"},
	{elf.EM_68K, narrow, 0, 0, "/lib/ld.so.1", "lib"},
}

// upstreamOf returns the row of upstreams for an ABI, nil when there is none.
func upstreamOf(a elffile.ABI) *upstream {
	for i := range upstreams {
		u := &upstreams[i]
		if u.machine == a.Machine && u.class == a.Class && a.Flags&u.mask == u.flags {
			return u
		}
	}
	return nil
}

// muslArch returns what musl's loader calls the machine of an ABI: the ARCH of
// ld-musl-ARCH.so.1.
func muslArch(a elffile.ABI) string {
	little := map[bool]string{false: "el", true: ""}[a.Data == elf.ELFDATA2MSB]
	switch a.Machine {
	case elf.EM_X86_64:
		return map[bool]string{true: "x86_64", false: "x32"}[a.Class == wide]
	case elf.EM_386:
		return "i386"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_ARM:
		if a.Flags&eflags.ArmHard != 0 {
			return "armhf"
		}
		return "arm"
	case elf.EM_RISCV:
		return map[bool]string{true: "riscv64", false: "riscv32"}[a.Class == wide]
	case elf.EM_PPC64:
		return strings.Replace("powerpc64"+little, "el", "le", 1)
	case elf.EM_PPC:
		return "powerpc"
	case elf.EM_S390:
		return "s390x"
	case elf.EM_MIPS:
		return map[bool]string{true: "mips64", false: "mips"}[a.Class == wide] + little
	case elf.EM_LOONGARCH:
		return "loongarch64"
	}
	return ""
}

// VDSO returns the name of the object that the kernel maps into a process
// (the kernel's arch/*/vdso).
func VDSO(a elffile.ABI) string {
	switch {
	case a.Machine == elf.EM_386:
		return "linux-gate.so.1"
	case a.Machine == elf.EM_PPC64 || a.Machine == elf.EM_S390 && a.Class == wide:
		return "linux-vdso64.so.1"
	case a.Machine == elf.EM_PPC || a.Machine == elf.EM_S390:
		return "linux-vdso32.so.1"
	}
	return "linux-vdso.so.1"
}
