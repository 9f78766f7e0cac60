package ldso

import (
	"debug/elf"
	"slices"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// CPU is a processor on which a program may run, with what makes the loader search
// further directories.
type CPU struct {
	Levels   []string // glibc-hwcaps subdirectories that it has, best first
	ISA      int      // x86: its level, 0 the oldest, as ld.so.cache counts
	Platform string   // AT_PLATFORM, the value of $PLATFORM
	Names    []string // AT_HWCAP names of legacy subdirectories, lowest bit first
	Bits     uint64   // the same and the platform, as legacy entries of ld.so.cache have them
}

// Processor returns what the entries of an ld.so.cache may require of c.
func (c *CPU) Processor(legacy bool) ldcache.Processor {
	return ldcache.Processor{Levels: c.Levels, ISA: c.ISA, Bits: c.Bits, Legacy: legacy}
}

// levelMark is a name by which the list of a machine's glibc-hwcaps
// subdirectories is found in its loader.
func levelMark(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "x86-64-v2"
	case elf.EM_PPC64:
		return "power9"
	case elf.EM_S390:
		return "z13"
	}
	return ""
}

// defaultLevels are glibc's for a loader that does not show its own
// (§10; sysdeps/*/dl-hwcaps-subdirs.c).
func defaultLevels(m elf.Machine) []string {
	switch m {
	case elf.EM_X86_64:
		return []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"}
	case elf.EM_PPC64:
		return []string{"power10", "power9"}
	case elf.EM_S390:
		return []string{"z16", "z15", "z14", "z13"}
	}
	return nil
}

// Bits of legacy ld.so.cache entries on x86 (sysdeps/x86/dl-hwcap.h, dl-procinfo.c).
const (
	bitSSE2 = 1 << iota
	bitX8664
	bitAVX512
	bitI586    = 1 << 48
	bitI686    = 1 << 49
	bitHaswell = 1 << 50
	bitPhi     = 1 << 51
)

// cpus returns the processors between which a loader distinguishes, the best first
// and the oldest last.
func cpus(m elf.Machine, levels []string) []CPU {
	if m == elf.EM_X86_64 {
		return x86(levels)
	}
	var out []CPU
	seen := -1
	for _, c := range platforms()[m] {
		if i := slices.Index(levels, c.Platform); i >= 0 {
			seen, c.Levels = i, levels[i:]
		} else {
			c.Levels = levels[seen+1:]
		}
		out = append(out, c)
	}
	if out == nil {
		out = []CPU{{Levels: levels}}
	}
	return out
}

// x86 follows init_cpu_features (§10; sysdeps/x86/cpu-features.c): the
// platform of Intel's processors is haswell or xeon_phi from AVX2 on.
func x86(levels []string) []CPU {
	plain := []string{"x86_64"}
	all := []CPU{
		{ISA: 3, Platform: "haswell", Names: []string{"x86_64", "avx512_1"}, Bits: bitX8664 | bitAVX512 | bitHaswell},
		{ISA: 3, Platform: "x86_64", Names: plain, Bits: bitX8664},
		{ISA: 2, Platform: "haswell", Names: plain, Bits: bitX8664 | bitHaswell},
		{ISA: 2, Platform: "xeon_phi", Names: plain, Bits: bitX8664 | bitPhi},
		{ISA: 2, Platform: "x86_64", Names: plain, Bits: bitX8664},
		{ISA: 1, Platform: "x86_64", Names: plain, Bits: bitX8664},
		{ISA: 0, Platform: "x86_64", Names: plain, Bits: bitX8664},
	}
	for i := range all {
		all[i].Levels = levels[max(0, len(levels)-all[i].ISA):]
	}
	return all
}

// platforms returns the AT_PLATFORM values of the kernel (its arch/*/include/asm/elf.h)
// and glibc's important AT_HWCAP names (HWCAP_IMPORTANT) of other machines.
var platforms = sync.OnceValue(func() map[elf.Machine][]CPU {
	return map[elf.Machine][]CPU{
		elf.EM_386: {
			{Platform: "i686", Names: []string{"sse2"}, Bits: bitSSE2 | bitI686},
			{Platform: "i686", Bits: bitI686},
			{Platform: "i586", Bits: bitI586},
			{Platform: "i486"},
			{Platform: "i386"},
		},
		elf.EM_AARCH64: {{Platform: "aarch64", Names: []string{"atomics"}, Bits: 1 << 8}, {Platform: "aarch64"}},
		elf.EM_ARM: {
			{Platform: "v8l", Names: []string{"vfp", "neon"}, Bits: 1<<6 | 1<<12},
			{Platform: "v7l", Names: []string{"vfp", "neon"}, Bits: 1<<6 | 1<<12},
			{Platform: "v7l", Names: []string{"vfp"}, Bits: 1 << 6},
			{Platform: "v6l", Names: []string{"vfp"}, Bits: 1 << 6},
			{Platform: "v6l"},
			{Platform: "v5l"},
			{Platform: "v4l"},
		},
		elf.EM_PPC64:     power(),
		elf.EM_S390:      ibmZ(),
		elf.EM_MIPS:      {{Platform: "loongson3a"}, {Platform: "octeon3"}, {Platform: "octeon2"}, {Platform: "octeon"}},
		elf.EM_LOONGARCH: {{Platform: "loongarch"}},
	}
})

func named(names []string, values ...string) []CPU {
	var out []CPU
	for _, p := range values {
		out = append(out, CPU{Platform: p, Names: names})
	}
	return out
}

// ibmZ follows sysdeps/s390/dl-procinfo.h: HWCAP_IMPORTANT, and the numbers of
// platforms from _DL_FIRST_PLATFORM on, of which the 31-bit g5 is the first. A
// model has the names of those before it and mostly one of its own (setup_hwcaps
// in the kernel's arch/s390/kernel/processor.c).
func ibmZ() []CPU {
	const first, last = 32, 42 // z16, the last that a glibc with such names knows
	models := []struct {
		platform, name string
		bit            int
	}{
		{"z900", "zarch", 1},
		{"z990", "ldisp", 4},
		{"z9-109", "eimm", 5},
		{"z10", "dfp", 6},
		{platform: "z196"},
		{platform: "zEC12"},
		{"z13", "vx", 11},
		{"z14", "vxe", 13},
		{"z15", "vxe2", 15},
		{platform: "z16"},
		{platform: "z17"},
	}
	all := make([]CPU, 0, len(models))
	var names []string
	var bits uint64
	for i, m := range models {
		if m.name != "" {
			names, bits = append(slices.Clone(names), m.name), bits|1<<m.bit
		}
		c := CPU{Platform: m.platform, Names: names, Bits: bits}
		if number := first + 1 + i; number <= last {
			c.Bits |= 1 << number
		}
		all = append(all, c)
	}
	slices.Reverse(all)
	return all
}

// power follows sysdeps/powerpc/dl-procinfo.h: PPC_FEATURE_HAS_DFP and
// PPC_FEATURE_HAS_ALTIVEC, and the numbers of platforms from _DL_FIRST_PLATFORM.
func power() []CPU {
	const bitDFP, bitAltivec, first = 1 << 10, 1 << 28, 32
	number := map[string]int{"power10": 15, "power9": 14, "power8": 13, "power7": 7, "power6": 4, "power5": 2, "power4": 0}
	names := []string{"dfp", "altivec"}
	all := named(names, "power11", "power10", "power9", "power8", "power7", "power6", "power5", "power4")
	for i := range all {
		all[i].Bits = bitDFP | bitAltivec
		if n, ok := number[all[i].Platform]; ok {
			all[i].Bits |= 1 << (first + n)
		}
	}
	return all
}
