// Package eflags names the bits of e_flags that distinguish the ABIs of one
// machine, as the psABI of each machine defines them.
//
// It has constants alone, and only those that some loader compares; debug/elf
// has none of them.
package eflags

// Bits of e_flags, and masks of fields in it.
const (
	ArmHard     = 0x400 // EF_ARM_ABI_FLOAT_HARD
	ArmSoft     = 0x200 // EF_ARM_ABI_FLOAT_SOFT
	RISCVFloat  = 6     // mask: 0 soft, 2 single, 4 double
	PPCABI      = 3     // mask: EF_PPC64_ABI
	MIPSN32     = 0x20  // EF_MIPS_ABI2
	MIPSNaN2008 = 0x400 // EF_MIPS_NAN2008
	MIPSFP64    = 0x200 // EF_MIPS_FP64
	LoongFloat  = 7     // mask: 1 soft, 2 single, 3 double
)
