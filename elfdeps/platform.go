package elfdeps

import "debug/elf"

// eabiHardFloat is EF_ARM_ABI_FLOAT_HARD (ELF for the Arm Architecture, e_flags).
const eabiHardFloat = 0x400

// architectures are Go's names, which image configurations use too (OCI
// image-spec, config.md, "architecture"), by machine, class and byte order.
var architectures = map[elf.Machine][4]string{
	// 32-bit little, 32-bit big, 64-bit little, 64-bit big
	elf.EM_386:       {"386", "", "", ""},
	elf.EM_X86_64:    {"amd64p32", "", "amd64", ""},
	elf.EM_ARM:       {"arm", "armbe", "", ""},
	elf.EM_AARCH64:   {"", "", "arm64", "arm64be"},
	elf.EM_RISCV:     {"riscv", "", "riscv64", ""},
	elf.EM_PPC:       {"", "ppc", "", ""},
	elf.EM_PPC64:     {"", "", "ppc64le", "ppc64"},
	elf.EM_S390:      {"", "s390", "", "s390x"},
	elf.EM_MIPS:      {"mipsle", "mips", "mips64le", "mips64"},
	elf.EM_LOONGARCH: {"", "", "loong64", ""},
	elf.EM_SPARCV9:   {"", "", "", "sparc64"},
}

// Platform returns what the object runs on in the terms of an image
// configuration. The operating system is linux, for PT_INTERP names a Linux
// loader wherever EI_OSABI is left at 0; the architecture is the ELF name in
// lower case where images have no name for it; the variant is set for 32-bit
// ARM alone: v7 with the hard-float ABI, else v5, the least that each of them
// needs on the distributions which use them.
func (o *Object) Platform() (os, arch, variant string) {
	index := 0
	if o.Class == elf.ELFCLASS64 {
		index = 2
	}
	if o.Data == elf.ELFDATA2MSB {
		index++
	}
	arch = architectures[o.Machine][index]
	if arch == "" {
		arch = o.Machine.String()
	}
	if o.Machine == elf.EM_ARM {
		if variant = "v5"; o.Flags&eabiHardFloat != 0 {
			variant = "v7"
		}
	}
	return "linux", arch, variant
}
