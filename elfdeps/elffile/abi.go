package elffile

import (
	"debug/elf"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/eflags"
)

// ABI is the part of an ELF header that says which processors and loaders a file
// is for.
type ABI struct {
	Machine elf.Machine
	Class   elf.Class
	Data    elf.Data // the byte order
	Flags   uint32   // e_flags
}

// architectures returns Go's names, which image configurations use too (OCI
// image-spec, config.md, "architecture"), by class and byte order: 32-bit
// little, 32-bit big, 64-bit little, 64-bit big.
func architectures(m elf.Machine) [4]string {
	switch m {
	case elf.EM_386:
		return [4]string{"386", "", "", ""}
	case elf.EM_X86_64:
		return [4]string{"amd64p32", "", "amd64", ""}
	case elf.EM_ARM:
		return [4]string{"arm", "armbe", "", ""}
	case elf.EM_AARCH64:
		return [4]string{"", "", "arm64", "arm64be"}
	case elf.EM_RISCV:
		return [4]string{"riscv", "", "riscv64", ""}
	case elf.EM_PPC:
		return [4]string{"", "ppc", "", ""}
	case elf.EM_PPC64:
		return [4]string{"", "", "ppc64le", "ppc64"}
	case elf.EM_S390:
		return [4]string{"", "s390", "", "s390x"}
	case elf.EM_MIPS:
		return [4]string{"mipsle", "mips", "mips64le", "mips64"}
	case elf.EM_LOONGARCH:
		return [4]string{"", "", "loong64", ""}
	case elf.EM_SPARCV9:
		return [4]string{"", "", "", "sparc64"}
	}
	return [4]string{}
}

// Platform returns what a file of the ABI runs on in the terms of an image
// configuration. The operating system is linux: PT_INTERP names a Linux loader
// even where EI_OSABI is left at 0; the architecture is the ELF name in
// lower case where images have no name for it; the variant is set for 32-bit
// ARM alone: v7 with the hard-float ABI, else v5, the least that each of them
// needs on the distributions which use them.
func (a ABI) Platform() (os, arch, variant string) {
	index := 0
	if a.Class == elf.ELFCLASS64 {
		index = 2
	}
	if a.Data == elf.ELFDATA2MSB {
		index++
	}
	arch = architectures(a.Machine)[index]
	if arch == "" {
		arch = a.Machine.String()
	}
	if a.Machine == elf.EM_ARM {
		if variant = "v5"; a.Flags&eflags.ArmHard != 0 {
			variant = "v7"
		}
	}
	return "linux", arch, variant
}
