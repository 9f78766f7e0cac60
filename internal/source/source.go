// Package source describes where the files of an image come from: this machine,
// or a directory that stands for another one. It finds the programs that are
// asked for, says where in the image each of them goes, and how the loaders of
// the source search.
//
// It reads directories and links alone and changes nothing. Its caveat: what a
// program's name leads to is decided when it is looked up. Start with Open.
//
// A new kind of source is a function beside openHost and openSysroot that
// returns a Source.
package source

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// UsualPath is where a program's name is looked up inside a sysroot: the PATH
// that engines give a container whose image sets none.
const UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Environment is what programs at the source are looked up and started with.
type Environment struct {
	Dir         string // the working directory on this machine, absolute
	Path        string // PATH, for programs of this machine
	LibraryPath string // LD_LIBRARY_PATH
	Preload     string // LD_PRELOAD
	Audit       string // LD_AUDIT
}

// Source is the file system that the image is made from.
type Source struct {
	Root  *sysroot.Root
	Local *sysroot.Root // this machine, for files named by a relative path
	Dir   string        // the working directory inside Root

	env  Environment
	path string // where programs are looked up
	host bool   // Root is the "/" of this machine
}

// Open returns this machine, or the system in the directory dir if that is not
// "". An error has a hint that names --sysroot.
func Open(dir string, env Environment) (*Source, error) {
	if dir == "" {
		return openHost(env), nil
	}
	return openSysroot(dir, env)
}

func openHost(env Environment) *Source {
	root := sysroot.Host("/")
	return &Source{Root: root, Local: root, Dir: env.Dir, env: env, path: env.Path, host: true}
}

func openSysroot(dir string, env Environment) (*Source, error) {
	local := sysroot.Host("/")
	root, top, err := local.OpenRoot(absolute(env.Dir, dir))
	if err != nil {
		err = fmt.Errorf("%s: %w", absolute(env.Dir, dir), sysroot.Errno(err))
		return nil, usererr.WithHint(err, "give --sysroot the top directory of an unpacked system")
	}
	s := &Source{Root: root, Local: local, Dir: "/", env: env, path: UsualPath, host: top == "/"}
	if inside, ok := strings.CutPrefix(env.Dir+"/", strings.TrimSuffix(top, "/")+"/"); ok {
		s.Dir = path.Clean("/" + inside)
	}
	return s, nil
}

// absolute returns name as an absolute path, a relative one being taken from dir.
// It resolves neither links nor "..", whose meaning depends on links.
func absolute(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// Abs returns the absolute path of name in the source, as closures have it.
func (s *Source) Abs(name string) string { return absolute(s.Dir, name) }

// File returns the file system and the absolute path of a file that is named to
// go into the image: a relative name is taken from the working directory of this
// machine, an absolute one from the source.
func (s *Source) File(name string) (*sysroot.Root, string) {
	if path.IsAbs(name) {
		return s.Root, name
	}
	return s.Local, absolute(s.env.Dir, name)
}

// Resolver returns a resolver that searches as the loader would when it is started
// in the working directory with the environment of the source. libraryPath is
// searched before the environment's LD_LIBRARY_PATH.
func (s *Source) Resolver(libraryPath string) *elfdeps.Resolver {
	list := libraryPath
	if list == "" || s.env.LibraryPath == "" {
		list += s.env.LibraryPath
	} else {
		list += ":" + s.env.LibraryPath
	}
	return &elfdeps.Resolver{FS: s.Root, Dir: s.Dir, LibraryPath: list, Preload: s.env.Preload, Audit: s.env.Audit}
}

// IsPathFile reports whether name is that of a .path file of musl's loader
// (/etc/ld-musl-ARCH.path in ldso/dynlink.c), which a closure lists among the
// files opened.
func IsPathFile(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "ld-musl-") && strings.HasSuffix(base, ".path")
}
