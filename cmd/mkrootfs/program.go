package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// usualPath is where a program's name is looked up inside a sysroot: the PATH
// that engines give a container whose image sets none.
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// source is the file system that the image is made from.
type source struct {
	root *sysroot.Root
	dir  string // the working directory inside it
	path string // where programs are looked up, as PATH
	host bool   // it is this machine's own "/"

	local *sysroot.Root // this machine, for files named by a relative path
	cwd   string        // its working directory
}

// newSource opens the host, or the directory that --sysroot names.
func newSource(dir string) (*source, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("the working directory cannot be told: %w", err)
	}
	if dir == "" {
		root := sysroot.Host("/")
		return &source{root: root, dir: cwd, path: os.Getenv("PATH"), host: true, local: root, cwd: cwd}, nil
	}
	local := sysroot.Host("/")
	top, err := realDir(local, absolute(cwd, dir))
	if err != nil {
		return nil, withHint(err, "--sysroot wants the top directory of an unpacked system")
	}
	s := &source{root: sysroot.Host(top), dir: "/", path: usualPath, host: top == "/", local: local, cwd: cwd}
	if inside, ok := strings.CutPrefix(cwd+"/", strings.TrimSuffix(top, "/")+"/"); ok {
		s.dir = path.Clean("/" + inside)
	}
	return s, nil
}

// realDir returns the absolute path of the directory dir, links resolved.
func realDir(local *sysroot.Root, dir string) (string, error) {
	n, err := local.Walk(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", dir, sysroot.Errno(err))
	case !n.Info.IsDir():
		return "", fmt.Errorf("%s: not a directory", dir)
	}
	return n.Real, nil
}

// absolute makes name absolute without resolving links or "..", whose meaning
// depends on links.
func absolute(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// program is one PROGRAM[:DEST] of the command line.
type program struct {
	arg  string // as it was typed
	src  string // its absolute path in the source, links not resolved
	dest string // its path in the image
	// byRule is set when the program moves by the rule of its place rather than
	// to a :DEST, so that $ORIGIN libraries come along.
	byRule bool
}

// find looks PROGRAM up as a shell would and settles where it goes.
func (s *source) find(arg string) (program, error) {
	name, dest := splitDest(arg)
	if strings.HasSuffix(dest, "/") {
		dest += path.Base(name)
	}
	p := program{arg: name, dest: dest}
	var err error
	if p.src, err = s.lookUp(name); err != nil {
		return p, err
	}
	switch {
	case dest != "":
		p.dest = path.Clean(dest)
	case keepsPath(p.src):
		p.dest = path.Clean(p.src)
	default:
		p.dest, p.byRule = "/usr/local/bin/"+path.Base(p.src), true
	}
	return p, nil
}

// lookUp returns the absolute path of a program.
func (s *source) lookUp(name string) (string, error) {
	if name == "" {
		return "", usage("the name of a program is empty", "mkrootfs --help shows the forms")
	}
	if strings.Contains(name, "/") {
		abs := absolute(s.dir, name)
		if _, err := s.root.Walk(abs); err != nil {
			return "", s.noSuchFile(name, err)
		}
		return s.settle(abs)
	}
	var tried []string
	unusable := ""
	for dir := range strings.SplitSeq(s.path, ":") {
		abs := absolute(absolute(s.dir, dir), name)
		if !contains(tried, path.Dir(abs)) {
			tried = append(tried, path.Dir(abs))
		}
		n, err := s.root.Walk(abs)
		switch {
		case err != nil || n.Info.IsDir():
		case n.Info.Mode()&0o111 != 0:
			return s.settle(abs)
		case unusable == "":
			unusable = abs
		}
	}
	if unusable != "" {
		return "", withHint(fmt.Errorf("%s: not executable", unusable), "chmod +x "+unusable+", or name it by its path")
	}
	hint := "install it, or name it by its path"
	if n, err := s.root.Walk(absolute(s.dir, name)); err == nil && !n.Info.IsDir() {
		hint = "there is one here: ./" + name
	}
	if s.path == "" {
		return "", withHint(fmt.Errorf("%s: no such program; PATH is empty", name), hint)
	}
	return "", withHint(fmt.Errorf("%s: no such program in %s", name, strings.Join(tried, ", ")), hint)
}

// noSuchFile words why a path leads nowhere.
func (s *source) noSuchFile(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return withHint(fmt.Errorf("%s: %w", name, sysroot.Errno(err)), "the symlinks lead in a circle: name the file itself")
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", name, sysroot.Errno(err))
	}
	if real, lerr := s.root.Locate(absolute(s.dir, name)); lerr == nil {
		if text, rerr := s.root.ReadLink(real); rerr == nil {
			return withHint(fmt.Errorf("%s: a symlink to %s, which does not exist", name, text), "install what the link means, or name another program")
		}
	}
	where := ""
	if !s.host {
		where = " in the sysroot"
	}
	return withHint(fmt.Errorf("%s: no such file%s", name, where), "a path is taken as it is; a name without a slash is looked up in PATH")
}

// settle cleans a path. What ".." means depends on links, so a path with one
// is replaced by the place that it leads to, its last link not followed.
func (s *source) settle(abs string) (string, error) {
	if strings.Contains(abs+"/", "/../") {
		return s.root.Locate(abs)
	}
	return path.Clean(abs), nil
}

// keepsPath tells whether a path lies below a system directory (/bin /sbin
// /lib* /usr /opt), where a file's place belongs to it.
func keepsPath(p string) bool {
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
