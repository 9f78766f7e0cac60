package doctor

import (
	"debug/elf"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/shellscript"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// programFinder looks programs up in the PATH of the image.
type programFinder struct {
	root *sysroot.Root
	path string
}

// newProgramFinder returns a programFinder for files in root. env returns the variables of
// the image.
func newProgramFinder(root *sysroot.Root, env func(string) string) programFinder {
	list := env("PATH")
	if list == "" {
		list = source.UsualPath // what engines set
	}
	return programFinder{root, list}
}

// find returns the path of the program that name starts, and the file itself; "" if there
// is none.
func (p programFinder) find(name string) (string, *sysroot.Node) {
	if path.IsAbs(name) {
		return name, p.program(name)
	}
	for dir := range strings.SplitSeq(p.path, ":") {
		if !path.IsAbs(dir) {
			continue
		}
		at := path.Join(dir, name)
		if n := p.program(at); n != nil {
			return at, n
		}
	}
	return "", nil
}

// has reports whether name starts a program.
func (p programFinder) has(name string) bool {
	_, n := p.find(name)
	return n != nil
}

// program returns the executable file that name leads to, nil if there is none. Outside of
// directories for programs, other files may be executable by accident: there it must be an
// ELF file or a script.
func (p programFinder) program(name string) *sysroot.Node {
	n, err := p.root.Walk(name)
	if err != nil || !n.Info.Mode().IsRegular() || n.Info.Mode()&0o111 == 0 {
		return nil
	}
	if dir := path.Base(path.Dir(name)); dir != "bin" && dir != "sbin" && !p.hasMagic(n) {
		return nil
	}
	return n
}

// hasMagic reports whether a file begins as an ELF file or a script does.
func (p programFinder) hasMagic(n *sysroot.Node) bool {
	f, err := p.root.OpenNode(n)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	got, _ := f.ReadAt(magic[:], 0) // a shorter file is neither
	return string(magic[:got]) == elf.ELFMAG || strings.HasPrefix(string(magic[:got]), "#!")
}

// starts are the programs that a program or script starts.
type starts struct {
	script   bool // it is a shell script
	commands []start
	last     *shellscript.Call // how a script ends, see shellscript.Script
}

// start is a program that is started.
type start struct {
	name     string // a name that is looked up in PATH, or an absolute path
	line     string // the command line with it in an ELF file, "" if there is none
	optional bool   // the starter works without it
	certain  bool   // every run of the starter starts it
}
