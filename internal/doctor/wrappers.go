package doctor

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// wrapper returns the wrapper that o is; ok is false if it is none, or if the image has
// what it starts.
func (f *helperSearch) wrapper(o *Object, s *starts) (w wrapper, ok bool) {
	w = wrapper{path: o.Path}
	if s.last == nil || !s.script {
		return w, false
	}
	if isShim(o.Path, s) {
		w.shim, w.targets = true, f.shimTargets(o)
		return w, true
	}
	at, n := f.source.find(s.last.Name)
	if n == nil || n.Real == o.RealPath || f.has(helper{start: start{name: s.last.Name}}) {
		return w, false
	}
	w.targets = []string{at}
	return w, true
}

// isShim reports whether the script at a path ends with "exec MANAGER exec NAME", or with
// another exec in a directory that is called shims.
func isShim(name string, s *starts) bool {
	if !s.last.Exec {
		return false
	}
	return len(s.last.Args) > 1 && s.last.Args[0] == "exec" || path.Base(path.Dir(name)) == "shims"
}

// maxTargets is the maximum number of programs that are named for a shim.
const maxTargets = 3

// shimTargets returns the programs of the name of a shim: those in the versions/*/bin or
// installs/*/*/bin beside its directory, and the one in PATH. The version in the file
// version comes first, then the highest.
func (f *helperSearch) shimTargets(o *Object) (found []string) {
	home, name := path.Dir(path.Dir(o.Path)), path.Base(o.Path)
	dirs := f.below(path.Join(home, "versions"))
	for _, tool := range f.below(path.Join(home, "installs")) {
		dirs = append(dirs, f.below(tool)...)
	}
	chosen, _ := bounded.ReadFile(f.source.root, path.Join(home, "version"), bounded.Config) // may not exist
	words := strings.Fields(string(chosen))
	slices.SortFunc(dirs, func(a, b string) int {
		a, b = path.Base(a), path.Base(b)
		return cmp.Or(-compareBools(slices.Contains(words, a), slices.Contains(words, b)), compareVersions(b, a))
	})
	for _, dir := range dirs {
		if at := path.Join(dir, "bin", name); f.source.program(at) != nil {
			found = append(found, at)
		}
	}
	if at, n := f.source.find(name); n != nil && n.Real != o.RealPath {
		found = append(found, at)
	}
	return found[:min(len(found), maxTargets)]
}

// compareVersions compares versions by their numbers.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}

// compareBools compares a and b, where true is greater.
func compareBools(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return 1
	}
	return -1
}

// maxVersions is the maximum number of entries in a directory of a version manager.
const maxVersions = 256

// below returns the directories in dir.
func (f *helperSearch) below(dir string) (list []string) {
	entries, err := bounded.ReadDir(f.source.root, dir, maxVersions)
	if err != nil {
		return nil // a shim without versions beside it
	}
	for _, e := range entries {
		if e.IsDir() || e.Type()&fs.ModeSymlink != 0 {
			list = append(list, path.Join(dir, e.Name()))
		}
	}
	return list
}

// advice returns the warning about the wrapper.
func (w wrapper) advice() Advice {
	a := Advice{Warning: true, Degree: Certain, Text: quote.ShellWord(path.Base(w.path))}
	var targets []string
	for _, t := range w.targets {
		targets = append(targets, quote.ShellPath(t))
	}
	switch {
	case !w.shim:
		a.Text += " is a script that starts " + targets[0] + ", which the image lacks"
		a.Fix = "add --with helpers, or name that one instead"
	case len(targets) == 0:
		a.Text += " is a shim of a version manager, which starts another program"
		a.Fix = "name that one"
	default:
		a.Text += " is a shim of a version manager, which starts another program"
		a.Fix = "name that one: " + wordList(targets, "or", maxTargets)
	}
	return a
}
