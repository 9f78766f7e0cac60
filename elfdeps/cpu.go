package elfdeps

import (
	"debug/elf"
	"slices"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// cpu is a processor that the program may meet: what it makes the loader look
// for beside the plain directories.
type cpu struct {
	levels   []string // glibc-hwcaps subdirectories that it has, best first
	isa      int      // x86: its level, 0 the oldest, as ld.so.cache counts
	platform string   // AT_PLATFORM, what $PLATFORM stands for
	names    []string // AT_HWCAP names of legacy subdirectories, lowest bit first
	bits     uint64   // and as legacy ld.so.cache entries have them, the platform too
}

// processor returns what the entries of an ld.so.cache may ask of c.
func (c *cpu) processor(legacy bool) ldcache.Processor {
	return ldcache.Processor{Levels: c.levels, ISA: c.isa, Bits: c.bits, Legacy: legacy}
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

// cpus returns the processors that differ for a loader, the best first and
// the oldest last. With all of them looked at, nothing that some processor
// would load is left out.
func cpus(m elf.Machine, levels []string) []cpu {
	if m == elf.EM_X86_64 {
		return x86(levels)
	}
	var out []cpu
	seen := -1
	for _, c := range platforms()[m] {
		if i := slices.Index(levels, c.platform); i >= 0 {
			seen, c.levels = i, levels[i:]
		} else {
			c.levels = levels[seen+1:]
		}
		out = append(out, c)
	}
	if out == nil {
		out = []cpu{{levels: levels}}
	}
	return out
}

// x86 follows init_cpu_features (§10; sysdeps/x86/cpu-features.c): Intel's
// processors call themselves haswell or xeon_phi from AVX2 on.
func x86(levels []string) []cpu {
	plain := []string{"x86_64"}
	all := []cpu{
		{isa: 3, platform: "haswell", names: []string{"x86_64", "avx512_1"}, bits: bitX8664 | bitAVX512 | bitHaswell},
		{isa: 3, platform: "x86_64", names: plain, bits: bitX8664},
		{isa: 2, platform: "haswell", names: plain, bits: bitX8664 | bitHaswell},
		{isa: 2, platform: "xeon_phi", names: plain, bits: bitX8664 | bitPhi},
		{isa: 2, platform: "x86_64", names: plain, bits: bitX8664},
		{isa: 1, platform: "x86_64", names: plain, bits: bitX8664},
		{isa: 0, platform: "x86_64", names: plain, bits: bitX8664},
	}
	for i := range all {
		all[i].levels = levels[max(0, len(levels)-all[i].isa):]
	}
	return all
}

// platforms are the AT_PLATFORM values of the kernel (its arch/*/include/asm/elf.h)
// and glibc's important AT_HWCAP names (HWCAP_IMPORTANT) of other machines.
var platforms = sync.OnceValue(func() map[elf.Machine][]cpu {
	return map[elf.Machine][]cpu{
		elf.EM_386: {
			{platform: "i686", names: []string{"sse2"}, bits: bitSSE2 | bitI686},
			{platform: "i686", bits: bitI686},
			{platform: "i586", bits: bitI586},
			{platform: "i486"},
			{platform: "i386"},
		},
		elf.EM_AARCH64: {{platform: "aarch64", names: []string{"atomics"}, bits: 1 << 8}, {platform: "aarch64"}},
		elf.EM_ARM: {
			{platform: "v8l", names: []string{"vfp", "neon"}, bits: 1<<6 | 1<<12},
			{platform: "v7l", names: []string{"vfp", "neon"}, bits: 1<<6 | 1<<12},
			{platform: "v7l", names: []string{"vfp"}, bits: 1 << 6},
			{platform: "v6l", names: []string{"vfp"}, bits: 1 << 6},
			{platform: "v6l"},
			{platform: "v5l"},
			{platform: "v4l"},
		},
		elf.EM_PPC64:     power(),
		elf.EM_S390:      ibmZ(),
		elf.EM_MIPS:      {{platform: "loongson3a"}, {platform: "octeon3"}, {platform: "octeon2"}, {platform: "octeon"}},
		elf.EM_LOONGARCH: {{platform: "loongarch"}},
	}
})

func named(names []string, values ...string) []cpu {
	var out []cpu
	for _, p := range values {
		out = append(out, cpu{platform: p, names: names})
	}
	return out
}

// ibmZ follows sysdeps/s390/dl-procinfo.h: HWCAP_IMPORTANT, and the numbers of
// platforms from _DL_FIRST_PLATFORM on, of which the 31-bit g5 is the first. A
// model has the names of those before it and mostly one of its own (setup_hwcaps
// in the kernel's arch/s390/kernel/processor.c).
func ibmZ() []cpu {
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
	all := make([]cpu, 0, len(models))
	var names []string
	var bits uint64
	for i, m := range models {
		if m.name != "" {
			names, bits = append(slices.Clone(names), m.name), bits|1<<m.bit
		}
		c := cpu{platform: m.platform, names: names, bits: bits}
		if number := first + 1 + i; number <= last {
			c.bits |= 1 << number
		}
		all = append(all, c)
	}
	slices.Reverse(all)
	return all
}

// power follows sysdeps/powerpc/dl-procinfo.h: PPC_FEATURE_HAS_DFP and
// PPC_FEATURE_HAS_ALTIVEC, and the numbers of platforms from _DL_FIRST_PLATFORM.
func power() []cpu {
	const bitDFP, bitAltivec, first = 1 << 10, 1 << 28, 32
	number := map[string]int{"power10": 15, "power9": 14, "power8": 13, "power7": 7, "power6": 4, "power5": 2, "power4": 0}
	all := named([]string{"dfp", "altivec"}, "power11", "power10", "power9", "power8", "power7", "power6", "power5", "power4")
	for i := range all {
		all[i].bits = bitDFP | bitAltivec
		if n, ok := number[all[i].platform]; ok {
			all[i].bits |= 1 << (first + n)
		}
	}
	return all
}
