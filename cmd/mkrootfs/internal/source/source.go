// Package source says where an image's files come from: this machine or a
// directory that stands for another one, the programs that the command line
// names, and where in the image each of them goes.
package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// UsualPath is where a program's name is looked up inside a sysroot: the PATH
// that engines give a container whose image sets none.
const UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Source is the file system that the image is made from.
type Source struct {
	Root *sysroot.Root
	Dir  string // the working directory inside it
	path string // where programs are looked up, as PATH
	host bool   // it is this machine's own "/"

	Local *sysroot.Root // this machine, for files named by a relative path
	cwd   string        // its working directory
}

// goneDir stands for a working directory that has been removed: there is no such
// directory, nor can there be, and who names absolute paths does not need it.
const goneDir = "/proc/self/cwd (deleted)"

// Open returns the host, or with a dir that is not "" the system in it. Errors
// have hints that name --sysroot.
func Open(dir string) (*Source, error) {
	// The kernel's word for it, as the loader has it, whatever PWD says.
	cwd, err := syscall.Getwd()
	if err != nil {
		cwd = goneDir
	}
	if dir == "" {
		root := sysroot.Host("/")
		return &Source{Root: root, Dir: cwd, path: os.Getenv("PATH"), host: true, Local: root, cwd: cwd}, nil
	}
	local := sysroot.Host("/")
	root, top, err := local.OpenRoot(Absolute(cwd, dir))
	if err != nil {
		err = fmt.Errorf("%s: %w", Absolute(cwd, dir), sysroot.Errno(err))
		return nil, tell.Hint(err, "--sysroot wants the top directory of an unpacked system")
	}
	s := &Source{Root: root, Dir: "/", path: UsualPath, host: top == "/", Local: local, cwd: cwd}
	if inside, ok := strings.CutPrefix(cwd+"/", strings.TrimSuffix(top, "/")+"/"); ok {
		s.Dir = path.Clean("/" + inside)
	}
	return s, nil
}

// Absolute makes name absolute without resolving links or "..", whose meaning
// depends on links.
func Absolute(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// Program is one PROGRAM[:DEST] of the command line.
type Program struct {
	Arg  string // as it was typed
	Src  string // its absolute path in the source, links not resolved
	Dest string // its path in the image
	// ByRule is set when the program moves by the rule of its place rather than
	// to a :DEST, so that $ORIGIN libraries come along.
	ByRule bool
}

// Find looks PROGRAM[:DEST] up as a shell would and settles where it goes.
func (s *Source) Find(arg string) (Program, error) {
	name, dest := SplitDest(arg)
	if strings.HasSuffix(dest, "/") {
		dest += path.Base(name)
	}
	p := Program{Arg: name, Dest: dest}
	var err error
	if p.Src, err = s.lookUp(name); err != nil {
		return p, err
	}
	switch {
	case dest != "":
		p.Dest = path.Clean(dest)
	case KeepsPath(p.Src):
		p.Dest = path.Clean(p.Src)
	default:
		p.Dest, p.ByRule = "/usr/local/bin/"+path.Base(p.Src), true
	}
	return p, nil
}

// lookUp returns the absolute path of a program.
func (s *Source) lookUp(name string) (string, error) {
	if name == "" {
		return "", tell.Usage("the name of a program is empty", "mkrootfs --help shows the forms")
	}
	if strings.Contains(name, "/") {
		abs := Absolute(s.Dir, name)
		if _, err := s.Root.Walk(abs); err != nil {
			return "", s.noSuchFile(name, err)
		}
		return s.settle(abs)
	}
	var tried []string
	unusable := ""
	for dir := range strings.SplitSeq(s.path, ":") {
		abs := Absolute(Absolute(s.Dir, dir), name)
		if !slices.Contains(tried, path.Dir(abs)) {
			tried = append(tried, path.Dir(abs))
		}
		n, err := s.Root.Walk(abs)
		switch {
		case err != nil && !sysroot.IsAbsent(err) && !s.Root.Denied(abs): // which execvp(3) passes over
			return "", fmt.Errorf("%s: %w", abs, sysroot.Errno(err))
		case err != nil || n.Info.IsDir():
		case n.Info.Mode()&0o111 != 0:
			return s.settle(abs)
		case unusable == "":
			unusable = abs
		}
	}
	if unusable != "" {
		return "", tell.Hint(fmt.Errorf("%s: not executable", unusable), "chmod +x "+tell.ShellPath(unusable)+", or name it by its path")
	}
	hint := "install it, or name it by its path"
	if n, err := s.Root.Walk(Absolute(s.Dir, name)); err == nil && !n.Info.IsDir() {
		hint = "there is one here: " + tell.ShellWord("./"+name)
	}
	if s.path == "" {
		return "", tell.Hint(fmt.Errorf("%s: no such program; PATH is empty", name), hint)
	}
	return "", tell.Hint(fmt.Errorf("%s: no such program in %s", name, strings.Join(tried, ", ")), hint)
}

// noSuchFile words why a path leads nowhere.
func (s *Source) noSuchFile(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return tell.Hint(fmt.Errorf("%s: %w", name, sysroot.Errno(err)), "the symlinks lead in a circle: name the file itself")
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", name, sysroot.Errno(err))
	}
	if real, lerr := s.Root.Locate(Absolute(s.Dir, name)); lerr == nil {
		if text, rerr := s.Root.ReadLink(real); rerr == nil {
			return tell.Hint(fmt.Errorf("%s: a symlink to %s, which does not exist", name, text), "install what the link means, or name another program")
		}
	}
	where := ""
	if !s.host {
		where = " in the sysroot"
	}
	return tell.Hint(fmt.Errorf("%s: no such file%s", name, where), "a path is taken as it is; a name without a slash is looked up in PATH")
}

// settle cleans a path. What ".." means depends on links, so a path with one
// is replaced by the place that it leads to, its last link not followed.
func (s *Source) settle(abs string) (string, error) {
	if strings.Contains(abs+"/", "/../") {
		return s.Root.Locate(abs)
	}
	return path.Clean(abs), nil
}

// KeepsPath reports whether a path lies below a system directory (/bin /sbin
// /lib* /usr /opt), where a file's place belongs to it.
func KeepsPath(p string) bool {
	top, rest, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	if rest == "" {
		return false
	}
	switch top {
	case "bin", "sbin", "usr", "opt":
		return true
	}
	return strings.HasPrefix(top, "lib")
}

// SplitDest takes "SRC[:DST]" apart: DST is what follows the last colon, and
// only when it is an absolute path, so that names with colons stay usable.
func SplitDest(spec string) (src, dst string) {
	if i := strings.LastIndexByte(spec, ':'); i > 0 && strings.HasPrefix(spec[i+1:], "/") {
		return spec[:i], spec[i+1:]
	}
	return spec, ""
}

// IsPathFile reports whether name is that of a .path file of musl's loader
// (/etc/ld-musl-ARCH.path in ldso/dynlink.c), which is among what is opened.
func IsPathFile(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "ld-musl-") && strings.HasSuffix(base, ".path")
}

// Abs is the absolute path of a name, as the closure has it.
func (s *Source) Abs(name string) string { return Absolute(s.Dir, name) }

// File tells where a --conf or --copy comes from: a relative path from the
// working directory of this machine, an absolute one from the source.
func (s *Source) File(name string) (*sysroot.Root, string) {
	if path.IsAbs(name) {
		return s.Root, name
	}
	return s.Local, Absolute(s.cwd, name)
}

// Resolver returns a resolver that searches as the loader would that is started
// in the working directory with the environment's LD_LIBRARY_PATH, and before
// that in libraryPath.
func (s *Source) Resolver(libraryPath string) *elfdeps.Resolver {
	list := libraryPath
	if env := os.Getenv("LD_LIBRARY_PATH"); list == "" {
		list = env
	} else if env != "" {
		list += ":" + env
	}
	return &elfdeps.Resolver{FS: s.Root, Dir: s.Dir, LibraryPath: list}
}

// LiveResolver is a Resolver for a start from here and now: the environment's
// LD_PRELOAD and LD_AUDIT count, too.
func (s *Source) LiveResolver(libraryPath string) *elfdeps.Resolver {
	r := s.Resolver(libraryPath)
	r.Preload, r.Audit = os.Getenv("LD_PRELOAD"), os.Getenv("LD_AUDIT")
	return r
}
