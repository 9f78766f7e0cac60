// Package source represents the source of an image's files: this machine, or a
// directory with the files of another system. It finds programs, determines their
// paths in the image, and returns the resolver for their libraries.
//
// It reads only directories and symlinks, and changes nothing. Its caveat: a program's
// name is resolved once, when it is looked up. Start with Open.
//
// To add a kind of source, add a function beside openHost and openSysroot that returns
// a Source, and call it in Open.
package source

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// UsualPath is the PATH for programs in a sysroot. Engines give it to a container whose
// image sets none.
const UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// WithPath adds the usual PATH to an environment that has other variables but no PATH.
// Engines supply a PATH then, but containerd's client does so only for an image without
// any variables (oci.WithImageConfig).
func WithPath(env []string) []string {
	if len(env) == 0 || slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") }) {
		return env
	}
	return append([]string{"PATH=" + UsualPath}, env...)
}

// Environment is the environment in which programs of the source are looked up and
// resolved.
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
	path string // the PATH for programs
	host bool   // Root is the "/" of this machine
}

// Open returns the source in the directory dir, or this machine if dir is "". Errors
// have a hint that names --sysroot.
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

// absolute returns name as an absolute path; a relative name is relative to dir. It
// resolves neither symlinks nor "..", whose meaning depends on symlinks.
func absolute(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// Abs returns name as an absolute path in the source.
func (s *Source) Abs(name string) string { return absolute(s.Dir, name) }

// File returns the file system and the absolute path of a file that a flag names: a
// relative name is relative to the working directory on this machine, an absolute name
// is a path in the source.
func (s *Source) File(name string) (*sysroot.Root, string) {
	if path.IsAbs(name) {
		return s.Root, name
	}
	return s.Local, absolute(s.env.Dir, name)
}

// scriptPath returns the PATH in which env looks for the interpreter of a script. image is
// the PATH of the image, "" if it has the usual one. The directories that are also in the
// PATH of the image come first, since env finds only their programs there.
func (s *Source) scriptPath(image string) string {
	dirs := strings.Split(s.path, ":")
	if image != "" {
		dirs = append(strings.Split(image, ":"), dirs...)
	} else {
		image = UsualPath
	}
	var first, others []string
	for _, dir := range dirs {
		if slices.Contains(strings.Split(image, ":"), dir) {
			first = append(first, dir)
		} else {
			others = append(others, dir)
		}
	}
	return strings.Join(append(first, others...), ":")
}

// Resolver returns a resolver that searches like the loader in the source's environment
// and working directory. libraryPath is searched before LD_LIBRARY_PATH. imagePath is the
// PATH of the image, "" if it has the usual one.
func (s *Source) Resolver(libraryPath, imagePath string) *elfdeps.Resolver {
	list := libraryPath
	if list == "" || s.env.LibraryPath == "" {
		list += s.env.LibraryPath
	} else {
		list += ":" + s.env.LibraryPath
	}
	return &elfdeps.Resolver{
		FS: s.Root, Dir: s.Dir, LibraryPath: list, Preload: s.env.Preload, Audit: s.env.Audit,
		Path: s.scriptPath(imagePath),
	}
}

// IsPathFile reports whether name is the search path file of musl's loader
// (/etc/ld-musl-ARCH.path in ldso/dynlink.c). Closure.Opened contains such files.
func IsPathFile(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "ld-musl-") && strings.HasSuffix(base, ".path")
}
