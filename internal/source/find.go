package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Program is a program that was found.
type Program struct {
	Arg  string // as it was named, without the destination
	Src  string // its absolute, clean path in the source, symlinks not resolved
	Dest string // its path in the image
	// ByRule is set if the program goes to /usr/local/bin because of its place in the
	// source. The libraries that it finds by $ORIGIN then move with it.
	ByRule bool
}

// Find looks up PROGRAM[:DEST] as a shell does, and returns the program with its path
// in the image.
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
	case KeepsPath(p.Src), s.isInVenv(p.Src):
		p.Dest = p.Src
	default:
		p.Dest, p.ByRule = "/usr/local/bin/"+path.Base(p.Src), true
	}
	return p, nil
}

// isInVenv reports whether a program is in a virtual environment of Python, which finds
// its modules by the path of the program (PEP 405).
func (s *Source) isInVenv(src string) bool {
	n, err := s.Root.Walk(path.Join(path.Dir(path.Dir(src)), "pyvenv.cfg"))
	return err == nil && n.Info.Mode().IsRegular()
}

// SplitDest splits "SRC[:DST]". DST must be an absolute path, so that names may contain
// colons.
func SplitDest(spec string) (src, dst string) {
	if i := strings.LastIndexByte(spec, ':'); i > 0 && strings.HasPrefix(spec[i+1:], "/") {
		return spec[:i], spec[i+1:]
	}
	return spec, ""
}

// KeepsPath reports whether p is below a system directory (/bin /sbin /lib* /usr
// /opt), so that its file has the same path in the image.
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

// lookUp returns the absolute path of a program.
func (s *Source) lookUp(name string) (string, error) {
	switch {
	case name == "":
		return "", usererr.Usage("the program name is empty", "name a program; see mkrootfs --help")
	case !strings.Contains(name, "/"):
		return s.searchPath(name)
	}
	abs := absolute(s.Dir, name)
	if _, err := s.Root.Walk(abs); err != nil {
		return "", s.noSuchFile(name, err)
	}
	return s.clean(abs)
}

// searchPath looks a program up in PATH, as execvp(3) does.
func (s *Source) searchPath(name string) (string, error) {
	var tried []string
	unusable := ""
	for dir := range strings.SplitSeq(s.path, ":") {
		abs := absolute(absolute(s.Dir, dir), name)
		if !slices.Contains(tried, path.Dir(abs)) {
			tried = append(tried, path.Dir(abs))
		}
		n, err := s.Root.Walk(abs)
		switch {
		case err != nil && !sysroot.IsAbsent(err) && !s.Root.Denied(abs): // execvp(3) skips these two
			return "", fmt.Errorf("%s: %w", abs, sysroot.Errno(err))
		case err != nil || n.Info.IsDir():
		case n.Info.Mode()&0o111 != 0:
			return s.clean(abs)
		case unusable == "":
			unusable = abs
		}
	}
	if unusable != "" {
		err := fmt.Errorf("%s: not executable", unusable)
		return "", usererr.WithHint(err, "chmod +x "+quote.ShellPath(unusable)+", or name it by its path")
	}
	return "", s.noSuchProgram(name, tried)
}

// ProgramNames returns the sorted names of the programs in the directories of path that
// begin with prefix. It skips directories that cannot be read, as a shell does.
func ProgramNames(path, prefix string) (names []string) {
	for _, dir := range filepath.SplitList(path) {
		list, _ := os.ReadDir(dir)
		for _, e := range list {
			if !strings.HasPrefix(e.Name(), prefix) {
				continue
			}
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// NoProgramError is the error for a name that no directory of PATH has.
type NoProgramError struct {
	Name string
	Dirs []string // the directories of PATH
	// IsHere is set if the working directory has a file of that name.
	IsHere bool
}

func (e *NoProgramError) Error() string {
	if len(e.Dirs) == 0 {
		return e.Name + ": no such program; PATH is empty"
	}
	return e.Name + ": no such program in " + strings.Join(e.Dirs, ", ")
}

// noSuchProgram returns a *NoProgramError with a hint.
func (s *Source) noSuchProgram(name string, tried []string) error {
	err := &NoProgramError{Name: name, Dirs: tried}
	if s.path == "" {
		err.Dirs = nil
	}
	if n, ferr := s.Root.Walk(absolute(s.Dir, name)); ferr == nil && !n.Info.IsDir() {
		err.IsHere = true
		return usererr.WithHint(err, "name the file in this directory: "+quote.ShellWord("./"+name))
	}
	return usererr.WithHint(err, "install it, or name it by its path")
}

// noSuchFile returns the error for a path that does not exist.
func (s *Source) noSuchFile(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		err = fmt.Errorf("%s: %w", name, sysroot.Errno(err))
		return usererr.WithHint(err, "name the file itself: the symlinks form a loop")
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", name, sysroot.Errno(err))
	}
	if real, lerr := s.Root.Locate(absolute(s.Dir, name)); lerr == nil {
		if text, rerr := s.Root.ReadLink(real); rerr == nil {
			err = fmt.Errorf("%s: a symlink to %s, which does not exist", name, text)
			return usererr.WithHint(err, "install the target of the symlink, or name another program")
		}
	}
	where := ""
	if !s.host {
		where = " in the sysroot"
	}
	return usererr.WithHint(fmt.Errorf("%s: no such file%s", name, where),
		"check the path; only a name without a slash is looked up in PATH")
}

// clean returns abs as a clean path. Since ".." after a symlink is not the symlink's
// own directory, clean resolves the parents of a path with "..".
func (s *Source) clean(abs string) (string, error) {
	if strings.Contains(abs+"/", "/../") {
		return s.Root.Locate(abs)
	}
	return path.Clean(abs), nil
}
