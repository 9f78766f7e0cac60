package crosscheck

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/u-root/u-root/pkg/ldd"
)

// refuse tells why the loader must not be run: the file is for another machine
// or changes who runs it, or it or its loader belongs to somebody else, who
// could have the caller run anything.
func (q Question) refuse() error {
	if err := q.native(); err != nil {
		return err
	}
	info, err := os.Stat(q.Program)
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || hasCapabilities(q.Program) {
		return &RefusedError{q.Program, "it runs with the rights of another, for which its loader searches otherwise", false}
	}
	if q.Force {
		return nil
	}
	if uid := ownerOf(info); uid != os.Geteuid() {
		return &RefusedError{q.Program, fmt.Sprintf("it belongs to user %d", uid), true}
	}
	if q.Interp == "" {
		return nil
	}
	if info, err = os.Stat(q.Interp); err != nil {
		return err
	}
	if uid := ownerOf(info); uid != os.Geteuid() && uid != 0 {
		return &RefusedError{q.Program, fmt.Sprintf("its loader %s belongs to user %d", q.Interp, uid), true}
	}
	return nil
}

func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

func hasCapabilities(name string) bool {
	n, err := syscall.Getxattr(name, "security.capability", nil)
	return err == nil && n > 0
}

// thisMachine is what ELF calls the machine that this program was built for.
func thisMachine() elf.Machine {
	switch runtime.GOARCH {
	case "386":
		return elf.EM_386
	case "amd64":
		return elf.EM_X86_64
	case "arm":
		return elf.EM_ARM
	case "arm64":
		return elf.EM_AARCH64
	case "loong64":
		return elf.EM_LOONGARCH
	case "mips", "mipsle", "mips64", "mips64le":
		return elf.EM_MIPS
	case "ppc64", "ppc64le":
		return elf.EM_PPC64
	case "riscv64":
		return elf.EM_RISCV
	case "s390x":
		return elf.EM_S390
	}
	return elf.EM_NONE
}

// elder are the 32-bit machines whose programs the kernel of another one mostly
// runs, too; where it does not, the loader fails to start, and that is told.
var elder = map[elf.Machine]elf.Machine{elf.EM_X86_64: elf.EM_386, elf.EM_AARCH64: elf.EM_ARM}

// native refuses what is no ELF file that this machine runs.
func (q Question) native() error {
	f, err := os.Open(q.Program)
	if err != nil {
		return err
	}
	defer f.Close()
	var head [20]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:4]) != elf.ELFMAG {
		return &RefusedError{q.Program, "it is no ELF file", false}
	}
	order := elf.ELFDATA2LSB
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		order = elf.ELFDATA2MSB
	}
	machine := elf.Machine(binary.NativeEndian.Uint16(head[18:]))
	if elf.Data(head[elf.EI_DATA]) != order || machine != thisMachine() && machine != elder[thisMachine()] {
		return &RefusedError{q.Program, "it is for another machine than this one", false}
	}
	return nil
}

// run runs the loader.
func (q Question) run() ([]string, error) {
	interp, err := ldd.GetInterp(q.Program)
	if err != nil {
		return nil, err
	}
	// pkg/ldd goes by section headers, the kernel by program headers: what it
	// would run must be what the kernel runs.
	if q.Interp != "" && interp != q.Interp {
		return nil, &RefusedError{q.Program, fmt.Sprintf("its section headers name the loader %q, its program headers %q", interp, q.Interp), false}
	}
	// pkg/ldd hands its own environment on.
	defer setenv("LD_LIBRARY_PATH", q.LibraryPath)()
	paths, err := ldd.List(q.Program)
	if err != nil {
		return nil, err
	}
	libs := paths[:0]
	for _, p := range paths {
		if p != interp && p != "not" { // "libx.so => not found"
			libs = append(libs, p)
		}
	}
	return libs, nil
}

// setenv sets a variable, or takes it away, and returns what undoes that.
func setenv(key, value string) func() {
	old, had := os.LookupEnv(key)
	set := func(value string, is bool) {
		if is {
			_ = os.Setenv(key, value)
		} else {
			_ = os.Unsetenv(key)
		}
	}
	set(value, value != "")
	return func() { set(old, had) }
}
