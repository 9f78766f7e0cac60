// Package interpreters finds the standard libraries of interpreted languages, and the
// modules of other packages that a script depends on.
//
// What it knows of a language is one row of a table (table.go): the names of the
// interpreters and where they keep their library. The package reads directories and the
// package database. Its caveat: modules that a script without a package imports are not
// known. Start with Libraries.
package interpreters

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Program is a program or script that is started, or a library that a program calls.
type Program struct {
	Path     string // absolute, in the source
	RealPath string // with symlinks resolved
	Library  bool

	// Interpreters are the paths of the programs that its #! line names.
	Interpreters []string
}

// Library is what one interpreter needs other than its own file.
type Library struct {
	By       string   // Program.Path of the interpreter
	Prefix   string   // the directory with the bin directory of its real path
	Embedded bool     // it is a library of another program
	Fails    string   // what the interpreter does without the library, such as "does not start"; "" if nothing fails
	Core     []string // a file of each directory of the standard library
	Dirs     []string // the directories of the standard library and of modules
	Starts   []string // those of Files that the interpreter starts
	Files    []string // all files, sorted, with those of the modules of scripts
	Size     int64    // of Files, in bytes
}

// Has reports whether name is in one of l.Dirs or contains one.
func (l Library) Has(name string) bool {
	return slices.ContainsFunc(l.Dirs, func(dir string) bool {
		return strings.HasPrefix(name+"/", dir+"/") || strings.HasPrefix(dir, name+"/")
	})
}

// In returns the paths of l.Core in an image in which the interpreter has the path dest:
// those in the source and, if dest is not "", those at the same place relative to it.
func (l Library) In(dest string) []string {
	paths := slices.Clone(l.Core)
	if dest == "" {
		return paths
	}
	for _, name := range l.Core {
		if rel, ok := strings.CutPrefix(name, l.Prefix+"/"); ok {
			paths = append(paths, path.Join(path.Dir(path.Dir(dest)), rel))
		}
	}
	return paths
}

// Input are the programs of an image.
type Input struct {
	Programs []Program
	// Names are the directories that the programs and their libraries name as strings.
	Names []string
	// Triplet is the directory of the C library below /usr/lib, such as
	// x86_64-linux-gnu.
	Triplet string
}

// Libraries returns the library of each interpreter among the programs. It returns an
// error if a directory cannot be read or ctx has ended.
func Libraries(ctx context.Context, root *sysroot.Root, packages *owndata.Packages, in Input) ([]Library, error) {
	f := finder{ctx: ctx, root: root, packages: packages, in: in}
	var out []Library
	for _, p := range in.Programs {
		l := languageOf(p)
		if l == nil || p.Library && f.isStarted(l) {
			continue
		}
		lib, err := f.library(l, p)
		if err != nil {
			return nil, err
		}
		out = append(out, lib)
	}
	return out, ctx.Err()
}

// languageOf returns the language of an interpreter, nil for another program.
func languageOf(p Program) *language {
	for _, name := range []string{path.Base(p.Path), path.Base(p.RealPath)} {
		name, _, _ = strings.Cut(name, ".so")
		bare, _ := splitVersion(name)
		beginning, _, _ := strings.Cut(name, "-")
		short, _ := splitVersion(beginning) // perl5.36-x86_64-linux-gnu
		for i := range languages {
			names := languages[i].programs
			if p.Library {
				names = languages[i].libraries
			}
			if slices.Contains(names, bare) || slices.Contains(names, short) && beginning != short {
				return &languages[i]
			}
		}
	}
	return nil
}

// isStarted reports whether an interpreter of a language is among the programs.
func (f finder) isStarted(l *language) bool {
	return slices.ContainsFunc(f.in.Programs, func(p Program) bool { return !p.Library && languageOf(p) == l })
}

// prefixOf returns the directory that contains the bin or lib directory of a program.
func prefixOf(p Program) string {
	dir := path.Dir(p.RealPath)
	if !p.Library {
		return path.Dir(dir)
	}
	for dir != "/" && !strings.HasPrefix(path.Base(dir), "lib") {
		dir = path.Dir(dir)
	}
	return path.Dir(dir)
}

// splitVersion splits the name of a program from the version at its end: python3.11 is
// python and 3.11.
func splitVersion(name string) (bare, version string) {
	bare = strings.TrimRight(name, "0123456789.")
	return strings.TrimSuffix(bare, "-"), name[len(bare):]
}

// finder finds libraries.
type finder struct {
	ctx      context.Context
	root     *sysroot.Root
	packages *owndata.Packages
	in       Input
}

// library returns the library of the interpreter p of a language.
func (f finder) library(l *language, p Program) (Library, error) {
	lib := Library{By: p.Path, Prefix: prefixOf(p), Embedded: p.Library, Fails: l.fails}
	var core, modules []string
	lib.Dirs = f.places(l, p)
	for _, dir := range lib.Dirs {
		file := f.coreFile(l, dir)
		if file == "" {
			modules = append(modules, dir)
			continue
		}
		core, lib.Core = append(core, dir), append(lib.Core, file)
	}
	if venv := f.venv(p); venv != "" {
		core, lib.Core = append(core, venv), append(lib.Core, path.Join(venv, venvFile))
	}
	if err := f.addTrees(&lib, l, core); err != nil {
		return lib, err
	}
	for _, name := range l.starts {
		if _, has := slices.BinarySearch(lib.Files, name); has {
			lib.Starts = append(lib.Starts, name)
		}
	}
	return lib, f.addModules(&lib, p, modules)
}

// addTrees adds the files of dirs except those that the language skips.
func (f finder) addTrees(lib *Library, l *language, dirs []string) error {
	for _, dir := range dirs {
		files, size, err := owndata.Tree(f.root, dir, func(rel string) bool {
			return slices.ContainsFunc(l.skip, func(pattern string) bool {
				ok, _ := path.Match(pattern, rel)
				return ok
			})
		})
		if err != nil {
			return err
		}
		lib.Files, lib.Size = append(lib.Files, files...), lib.Size+size
	}
	slices.Sort(lib.Files)
	lib.Files = slices.Compact(lib.Files)
	return nil
}

// places returns the directories of the source at the places of a language.
func (f finder) places(l *language, p Program) (dirs []string) {
	file, _, _ := strings.Cut(path.Base(p.RealPath), ".so")
	_, version := splitVersion(file)
	fill := strings.NewReplacer(
		"{prefix}", prefixOf(p), "{version}", version, "{triplet}", f.in.Triplet,
	)
	for _, place := range l.places {
		if !strings.Contains(place, "*") {
			dirs = append(dirs, fill.Replace(place))
			continue
		}
		for _, name := range f.in.Names {
			if ok, _ := path.Match(place, name); ok {
				dirs = append(dirs, name)
			}
		}
	}
	slices.Sort(dirs)
	return slices.DeleteFunc(slices.Compact(dirs), func(dir string) bool { return !f.isDir(dir) })
}

func (f finder) isDir(name string) bool {
	n, err := f.root.Walk(name)
	return err == nil && n.Info.IsDir()
}

// coreFile returns a file of the standard library in dir, "" if there is none.
func (f finder) coreFile(l *language, dir string) string {
	for _, name := range l.core {
		if _, err := f.root.Walk(path.Join(dir, name)); err == nil {
			return path.Join(dir, name)
		}
	}
	return ""
}

// venvFile is the file that makes a directory a virtual environment (PEP 405).
const venvFile = "pyvenv.cfg"

// venv returns the virtual environment that a program is in: the parent of its directory
// if that has a venvFile.
func (f finder) venv(p Program) string {
	top := path.Dir(path.Dir(p.Path))
	if _, err := f.root.Walk(path.Join(top, venvFile)); err != nil {
		return ""
	}
	return top
}
