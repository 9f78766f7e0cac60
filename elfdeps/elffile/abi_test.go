package elffile

import (
	"debug/elf"
	"testing"
)

func TestPlatform(t *testing.T) {
	for _, tc := range []struct {
		abi           ABI
		arch, variant string
	}{
		{ABI{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}, "amd64", ""},
		{ABI{Machine: elf.EM_386, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB}, "386", ""},
		{ABI{Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}, "arm64", ""},
		{ABI{Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, Flags: 0x5000400}, "arm", "v7"},
		{ABI{Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, Flags: 0x5000200}, "arm", "v5"},
		{ABI{Machine: elf.EM_S390, Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB}, "s390x", ""},
		{ABI{Machine: elf.EM_PPC64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}, "ppc64le", ""},
		{ABI{Machine: elf.EM_MIPS, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}, "mips64le", ""},
		{ABI{Machine: elf.EM_RISCV, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}, "riscv64", ""},
	} {
		os, arch, variant := tc.abi.Platform()
		if os != "linux" || arch != tc.arch || variant != tc.variant {
			t.Errorf("%v: %s/%s/%s, want linux/%s/%s", tc.abi.Machine, os, arch, variant, tc.arch, tc.variant)
		}
	}
}
