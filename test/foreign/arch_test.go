//go:build linux

package foreign

import "debug/elf"

// arch is an architecture of Debian.
type arch struct {
	deb     string
	qemu    string // qemu-NAME-static runs its programs
	suite   string
	merged  bool // /lib is a link to usr/lib before anything is unpacked
	native  bool // x86-64 kernels run its programs without qemu
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	flags   uint32
	interp  string
	triplet string
	// packages are unpacked with all that they depend on.
	packages []string
}

var (
	many = []string{"bash", "coreutils", "curl", "sqlite3", "redis-server", "perl-base", "libc-bin", "libpulse0"}
	few  = []string{"bash", "sqlite3", "libc-bin", "libzstd1"}
	some = []string{"bash", "coreutils", "sqlite3", "perl-base", "libc-bin"}
)

// arches are the trees: both word sizes, both byte orders, with /lib merged and not.
// Debian 12 has no riscv64, so that tree is of Debian 13, whose glibc does not search the
// old capability subdirectories any more.
var arches = []arch{
	{"arm64", "aarch64", "bookworm", true, false, elf.EM_AARCH64, wide, little, 0, "/lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu", many},
	{"armhf", "arm", "bookworm", false, false, elf.EM_ARM, narrow, little, 0x5000400, "/lib/ld-linux-armhf.so.3", "arm-linux-gnueabihf", some},
	{"i386", "i386", "bookworm", false, true, elf.EM_386, narrow, little, 0, "/lib/ld-linux.so.2", "i386-linux-gnu", many},
	{"s390x", "s390x", "bookworm", true, false, elf.EM_S390, wide, big, 0, "/lib/ld64.so.1", "s390x-linux-gnu", many},
	{"ppc64el", "ppc64le", "bookworm", false, false, elf.EM_PPC64, wide, little, 2, "/lib64/ld64.so.2", "powerpc64le-linux-gnu", some},
	{"mips64el", "mips64el", "bookworm", true, false, elf.EM_MIPS, wide, little, 0x80000007, "/lib64/ld.so.1", "mips64el-linux-gnuabi64", few},
	{"riscv64", "riscv64", "trixie", true, false, elf.EM_RISCV, wide, little, 5, "/lib/ld-linux-riscv64-lp64d.so.1", "riscv64-linux-gnu", many},
	{"amd64", "x86_64", "bookworm", true, true, elf.EM_X86_64, wide, little, 0, "/lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu", some},
}

const (
	wide   = elf.ELFCLASS64
	narrow = elf.ELFCLASS32
	little = elf.ELFDATA2LSB
	big    = elf.ELFDATA2MSB
)
