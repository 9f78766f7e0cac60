package pack

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addPrograms adds the programs and everything that the loader opens for them. It
// returns the paths of the source whose files have another path in the image.
func addPrograms(tree *rootfs.Tree, sys system, closure *elfdeps.Closure) (map[string]bool, error) {
	stays, moved := map[string]bool{}, map[string]bool{}
	var errs []error
	for _, p := range sys.programs {
		if p.Dest == p.Src {
			stays[p.Src] = true
			continue
		}
		unit, err := addMoved(tree, sys, closure, p)
		errs = append(errs, err)
		for _, name := range unit {
			moved[name] = true
		}
	}
	for name := range stays {
		delete(moved, name)
	}
	why := reasonsByPath(sys, closure)
	for _, name := range closure.Opened {
		if moved[name] || source.IsPathFile(name) { // addLoaderFiles adds .path files
			continue
		}
		claim, ok := why[name]
		if !ok {
			claim = namedFile(sys, closure, name)
		}
		errs = append(errs, tree.AddFrom(sys.Root, sys.Abs(name), rootfs.CopyOptions{Claim: claim}))
	}
	return moved, errors.Join(errs...)
}

// namedFile returns the reason for a file that no object needs: either --lib names it
// or the loader reads it.
func namedFile(sys system, closure *elfdeps.Closure, name string) Reason {
	if main := closure.Object(sys.programs[0].Src); main != nil {
		for _, e := range main.Needed {
			if e.Path == name && isDlopened(main, e) {
				return Reason{Cause: Asked, Flag: "--lib " + e.Name}
			}
		}
	}
	return Reason{Cause: LoaderFile, Text: "reads it"}
}

// addMoved adds a program that does not keep its path, if p.ByRule with the libraries
// that it finds by $ORIGIN. It returns the paths that moved.
func addMoved(tree *rootfs.Tree, sys system, closure *elfdeps.Closure, p Program) ([]string, error) {
	unit, err := originUnit(closure, p)
	if err != nil {
		return nil, err
	}
	if len(unit) == 1 || !p.ByRule {
		o := rootfs.CopyOptions{Dest: p.Dest, Claim: askedProgram(p)}
		return []string{p.Src}, tree.AddFrom(sys.Root, p.Src, o)
	}
	return unit, addUnit(tree, sys, p, unit)
}

// originUnit returns the paths that must keep their positions relative to each other:
// the program and, recursively, the libraries that these find by an element with
// $ORIGIN. Libraries in system directories are excluded, since they keep their paths.
func originUnit(closure *elfdeps.Closure, p Program) ([]string, error) {
	main := closure.Object(p.Src)
	if main == nil {
		return nil, fmt.Errorf("%s: not in its own closure", p.Src)
	}
	unit := []string{p.Src}
	in := map[*elfdeps.Object]bool{main: true}
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Needed {
			if e.To == nil || !strings.Contains(e.Element, "ORIGIN") || source.KeepsPath(e.To.RealPath) {
				continue
			}
			if !slices.Contains(unit, e.Path) {
				unit = append(unit, e.Path)
			}
			if !in[e.To] {
				in[e.To] = true
				queue = append(queue, e.To)
			}
		}
	}
	return unit, nil
}

// unitEntry is a file or a symlink of a unit, at its path in the source.
type unitEntry struct {
	path   string
	target string // the target of a symlink, "" for a file
}

// addUnit adds a unit below /opt/NAME, with its files at the same relative paths, and
// a symlink to the program at its destination.
func addUnit(tree *rootfs.Tree, sys system, p Program, unit []string) error {
	entries, home, err := unitEntries(sys, unit)
	if err != nil {
		return err
	}
	top := strings.TrimSuffix(commonDir(entries), "/")
	to := "/opt/" + path.Base(p.Dest)
	claim := askedProgram(p)
	for _, e := range entries {
		dest := to + strings.TrimPrefix(e.path, top)
		if e.target == "" {
			err = tree.AddFrom(sys.Root, e.path, rootfs.CopyOptions{Dest: dest, Claim: claim})
		} else {
			target := e.target
			if path.IsAbs(target) && strings.HasPrefix(target, top+"/") {
				target = to + strings.TrimPrefix(target, top)
			}
			err = addLink(tree, dest, target, claim)
		}
		if err != nil {
			return err
		}
	}
	return addLink(tree, p.Dest, to+strings.TrimPrefix(home, top), claim)
}

// unitEntries returns the files of a unit and the symlinks through which its libraries
// are found. home is the real path of the program, which is unit[0].
func unitEntries(sys system, unit []string) (entries []unitEntry, home string, err error) {
	for i, name := range unit {
		n, err := sys.Root.Walk(sys.Abs(name))
		if err != nil {
			return nil, "", err
		}
		if i == 0 {
			home = n.Real
		} else {
			for _, l := range n.Links() {
				entries = append(entries, unitEntry{path: l.Path, target: l.Target})
			}
		}
		entries = append(entries, unitEntry{path: n.Real})
	}
	return entries, home, nil
}

// commonDir returns the deepest directory that contains all entries.
func commonDir(entries []unitEntry) string {
	dir := path.Dir(entries[0].path)
	for _, e := range entries[1:] {
		for dir != "/" && !strings.HasPrefix(e.path, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}
