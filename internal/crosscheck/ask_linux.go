package crosscheck

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/u-root/u-root/pkg/ldd"
	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/filecap"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// refuse returns an error if the loader must not be run: the file is for another machine,
// has set-id bits or capabilities, or can be replaced by others, who could make the caller
// run anything.
func (q question) refuse() error {
	f, err := os.OpenFile(q.Program, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := q.native(f); err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || hasCapabilities(f) {
		return &refusedError{q.Program, "it has set-id bits or capabilities, which change the loader's search", false}
	}
	if q.Force {
		return nil
	}
	if uid, _, ok := sysroot.Owner(info); !ok || uid != os.Geteuid() {
		return &refusedError{q.Program, fmt.Sprintf("it belongs to user %d", uid), true}
	}
	interp := q.Interp
	if interp == "" { // that of the system, which is guessed for a shared object
		if interp, err = ldd.GetInterp(q.Program); err != nil {
			return err
		}
	}
	root := sysroot.Host("/")
	why, err := exposure(root, q.Program)
	if why == "" && err == nil && interp != "" {
		if why, err = exposure(root, interp); why != "" {
			why = "its loader " + interp + ": " + why
		}
	}
	if why != "" {
		return &refusedError{q.Program, why, true}
	}
	return err
}

// exposure describes how somebody other than root and the caller can replace the file
// name, "" if nobody can. The file, each directory above it and each symlink on the way
// must belong to one of the two, and others must not be able to write it, except for
// sticky directories, in which files of others cannot be replaced. sshd checks the keys of
// a user in the same way (StrictModes), up to "/".
func exposure(root *sysroot.Root, name string) (string, error) {
	n, err := root.Walk(name)
	if err != nil {
		return "", err
	}
	places := append([]string{"/"}, n.Dirs()...)
	for _, l := range n.Links() {
		places = append(places, l.Path)
	}
	for _, place := range append(places, n.Real) {
		info, err := root.Lstat(place)
		if err != nil {
			return "", err
		}
		if why := exposed(place, info); why != "" {
			return why, nil
		}
	}
	return "", nil
}

// exposed is exposure for a single file, directory or symlink.
func exposed(place string, info fs.FileInfo) string {
	uid, _, ok := sysroot.Owner(info)
	mode := info.Mode()
	switch {
	case !ok || uid != 0 && uid != os.Geteuid():
		return fmt.Sprintf("%s belongs to user %d", place, uid)
	case mode&fs.ModeSymlink != 0, mode&fs.ModeSticky != 0 && mode.IsDir():
		return ""
	case mode&0o022 != 0:
		return fmt.Sprintf("%s is writable by others (mode %04o)", place, mode.Perm())
	}
	return ""
}

func hasCapabilities(f *os.File) bool {
	n, err := unix.Fgetxattr(int(f.Fd()), filecap.Attr, nil)
	return err == nil && n > 0
}

// thisMachine returns the ELF machine that this program was built for.
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

// compat32 maps a machine to the 32-bit machine whose programs its kernel usually runs. If
// it does not, the loader does not start, which is reported.
var compat32 = map[elf.Machine]elf.Machine{elf.EM_X86_64: elf.EM_386, elf.EM_AARCH64: elf.EM_ARM}

// native returns an error for files that are not ELF files of this machine.
func (q question) native(f io.Reader) error {
	var head [20]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:4]) != elf.ELFMAG {
		return &refusedError{q.Program, "it is not an ELF file", false}
	}
	order := elf.ELFDATA2LSB
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		order = elf.ELFDATA2MSB
	}
	machine := elf.Machine(binary.NativeEndian.Uint16(head[18:]))
	if elf.Data(head[elf.EI_DATA]) != order || machine != thisMachine() && machine != compat32[thisMachine()] {
		return &refusedError{q.Program, "it was built for another architecture", false}
	}
	return nil
}

// run runs the loader.
func (q question) run() ([]string, error) {
	interp, err := ldd.GetInterp(q.Program)
	if err != nil {
		return nil, err
	}
	// pkg/ldd reads the section headers, the kernel reads the program headers. Both must
	// name the same loader.
	if q.Interp != "" && interp != q.Interp {
		return nil, &refusedError{q.Program, fmt.Sprintf("its section headers name the loader %q, its program headers %q", interp, q.Interp), false}
	}
	// pkg/ldd passes its own environment on.
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

// setenv sets a variable, or unsets it if value is empty, and returns a function that
// restores it.
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
