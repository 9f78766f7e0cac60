package ldso

import (
	"debug/elf"
	"errors"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/eflags"
)

// Verdict says what glibc does with a file found under a library's name.
type Verdict int

// The verdicts.
const (
	Fits  Verdict = iota
	Skip          // go on in the next directory
	Fatal         // refuse to start the program
)

// Why a file is not loaded.
var (
	errTooShort  = errors.New("the file is too short")
	ErrNoMagic   = errors.New("it is not an ELF file")
	ErrClass     = errors.New("wrong ELF class")
	errMachine   = errors.New("wrong machine")
	errFloat     = errors.New("wrong floating-point ABI")
	errABIFlags  = errors.New("wrong ABI flags")
	ErrOrder     = errors.New("wrong byte order")
	errHeader    = errors.New("its ELF header has values that the loader rejects")
	ErrType      = errors.New("it is neither a shared object nor an executable")
	errPhentsize = errors.New("its program headers have the wrong size")
	errNoLoad    = errors.New("it has no loadable segment")
	errExec      = errors.New("it is an executable")
	errPIE       = errors.New("it is a position-independent executable")
	ErrNoDynamic = errors.New("it has no dynamic segment")
)

// Check checks a candidate (§8) as open_verify (dl-load.c) does, in its order.
// Debian and Ubuntu patch it to compare the machine earlier, so that files of other
// machines in a shared directory are skipped in any case.
func (l *Loader) Check(f, program *elffile.Info) (Verdict, error) {
	size := int64(52)
	if l.Class == elf.ELFCLASS64 {
		size = 64
	}
	switch {
	case f.Size < size || int64(len(f.Ident)) < size:
		return Fatal, errTooShort
	case !f.IsELF():
		return Fatal, ErrNoMagic
	case f.Class != l.Class:
		return Skip, ErrClass
	case l.floatConflict(f):
		return l.debianSkips(), errFloat
	case l.Debian && elf.Machine(l.layout.U16(f.Ident[18:])) != l.Machine:
		return Skip, errMachine
	case f.Data != l.Data:
		return Fatal, ErrOrder
	case !l.knowsHeader(f):
		return Fatal, errHeader
	case !l.sameMachine(f):
		return Skip, errMachine
	case !l.sameABI(f):
		return Skip, errABIFlags
	case f.Type != elf.ET_DYN && f.Type != elf.ET_EXEC:
		return Fatal, ErrType
	case f.Malformed == nil && int64(f.PhentSize) != map[bool]int64{true: 56, false: 32}[l.Class == elf.ELFCLASS64]:
		return Fatal, errPhentsize
	case fpConflict(f, program):
		return Skip, errFloat
	}
	return Fits, nil
}

func (l *Loader) debianSkips() Verdict {
	if l.Debian {
		return Skip
	}
	return Fatal
}

// floatConflict compares the float ABI that ARM objects of EABI version 5 declare
// (VALID_FLOAT_ABI in sysdeps/arm/ldsodefs.h).
func (l *Loader) floatConflict(f *elffile.Info) bool {
	if l.Machine != elf.EM_ARM {
		return false
	}
	flags := l.layout.U32(f.Ident[36:])
	hardSoft := l.Flags&eflags.ArmHard != 0 && flags&eflags.ArmSoft != 0
	softHard := l.Flags&eflags.ArmSoft != 0 && flags&eflags.ArmHard != 0
	return flags>>24 == 5 && (hardSoft || softHard)
}

// knowsHeader checks EI_VERSION, EI_OSABI, EI_ABIVERSION, the padding and e_version.
func (l *Loader) knowsHeader(f *elffile.Info) bool {
	const osabiARM = elf.OSABI(64) // ELFOSABI_ARM_AEABI
	abi, version := elf.OSABI(f.Ident[elf.EI_OSABI]), f.Ident[elf.EI_ABIVERSION]
	most := byte(0)
	switch {
	case abi == elf.ELFOSABI_LINUX && (l.Machine == elf.EM_X86_64 || l.Machine == elf.EM_386):
		most = 3
	case abi == elf.ELFOSABI_LINUX, abi == elf.ELFOSABI_NONE && l.Machine == elf.EM_MIPS:
		most = 5
	case abi == elf.ELFOSABI_NONE, abi == osabiARM && l.Machine == elf.EM_ARM:
	default:
		return false
	}
	pad := string(f.Ident[elf.EI_PAD:elf.EI_NIDENT])
	return f.Ident[elf.EI_VERSION] == 1 && version <= most && pad == "\x00\x00\x00\x00\x00\x00\x00" && f.Version == 1
}

// oldS390 is the number of s390 before one was assigned.
const oldS390 = elf.Machine(0xa390)

func (l *Loader) sameMachine(f *elffile.Info) bool {
	return f.Machine == l.Machine || l.Machine == elf.EM_S390 && f.Machine == oldS390
}

// sameABI compares e_flags (elf_machine_matches_host in sysdeps/*/dl-machine.h).
func (l *Loader) sameABI(f *elffile.Info) bool {
	differ := l.Flags ^ f.Flags
	switch l.Machine {
	case elf.EM_RISCV:
		return differ&eflags.RISCVFloat == 0
	case elf.EM_PPC64:
		return f.Flags&eflags.PPCABI == 0 || differ&eflags.PPCABI == 0
	case elf.EM_MIPS:
		return differ&(eflags.MIPSN32|eflags.MIPSNaN2008) == 0 && f.Flags&eflags.MIPSFP64 == 0
	}
	return true
}

// fpConflict compares the floating-point ABIs in PT_MIPS_ABIFLAGS
// (sysdeps/mips/dl-machine-reject-phdr.h): none fits all, hard fits hard, and
// 32-bit registers do not fit 64-bit ones.
func fpConflict(f, program *elffile.Info) bool {
	const at = 7 // fp_abi
	if len(f.FloatABI) <= at || len(program.FloatABI) <= at {
		return false
	}
	const single, soft, double, old64, only64 = 2, 3, 1, 4, 6
	a, b := f.FloatABI[at], program.FloatABI[at]
	switch {
	case a == b || a == 0 || b == 0:
		return false
	case a == soft || b == soft || a == single || b == single || a == old64 || b == old64:
		return true
	}
	return a == double && b == only64 || a == only64 && b == double
}

// Unloadable returns why a chosen file cannot be loaded as a library
// (§8; _dl_map_object_from_fd in dl-load.c); all of it is fatal.
func Unloadable(f *elffile.Info) error {
	switch {
	case f.Malformed != nil:
		return fmt.Errorf("%s (at byte %d)", f.Malformed.Msg, f.Malformed.Offset)
	case len(f.Loads) == 0:
		return errNoLoad
	case f.Type == elf.ET_EXEC:
		return errExec
	case f.Dynamic.Segment.Size == 0:
		return ErrNoDynamic
	case f.Dynamic.Flags1&elf.DF_1_PIE != 0:
		return errPIE
	}
	return nil
}
