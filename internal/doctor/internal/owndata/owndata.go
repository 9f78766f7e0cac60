// Package owndata finds the data of programs and libraries: the files and directories
// that their strings name, that exist, and that belong to them according to the package
// database.
//
// A file is an object's own if it belongs to the object's package or that of a program, or
// to a package that one of these depends on and that has no library of the closure (such
// as NAME-data or NAME-common). Files that no package lists count if they are in a
// directory that only such packages have, or if a program names them in full in /etc:
// package scripts and ucf(1) make them. Without a package database the strings of programs
// count, and those of libraries do not.
//
// The package reads directories and the package database, which it asks only if a string
// leads to a file. It reads no content, and it never returns a file that not everybody may
// read. It leaves out what other groups of run-time files have (places.go); the caller
// ignores what is in the image already. Its caveat: a program that names a file need not
// read it. Start with Find, whose names come from Candidates.
package owndata

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Object is a program, script or library.
type Object struct {
	Path     string // absolute, in the source
	RealPath string // with symlinks resolved
	Program  bool   // it is a program or a script
	Script   bool   // its interpreter finds the files of its package without a path in its text
	// Names are the paths that it names, as Candidates returns them.
	Names []string
}

// Item is a file or directory that an object names.
type Item struct {
	Path string // as the object names it
	By   string // Object.Path
	// Files are the files and symlinks of the item, sorted.
	Files []string
	Size  int64 // of Files, in bytes
	// Certain is set if the item is the object's own. Otherwise it belongs to Package,
	// which depends on the object's package or has only data.
	Certain bool
	Package string
}

// Find returns what the objects name and what belongs to them, in the order of the
// objects. An item may be in the directory of another one. libraries are the paths of all
// libraries of the closure. Directories with too many files are left out. Find returns an
// error if a directory cannot be read or ctx has ended; for a database that cannot be read
// see Packages.Problem.
func Find(ctx context.Context, packages *Packages, objects []Object, libraries []string) ([]Item, error) {
	if !slices.ContainsFunc(objects, func(o Object) bool { return o.Script || len(o.Names) > 0 }) {
		return nil, nil
	}
	isKnown, err := packages.known(ctx)
	if err != nil {
		return nil, err
	}
	var items []Item
	if isKnown {
		items, err = withPackages(ctx, packages, question{objects, libraries})
	} else {
		items, err = withoutPackages(packages.root, objects)
	}
	if err != nil {
		return nil, err
	}
	return items, ctx.Err()
}

// Outermost returns the items whose path is neither below nor equal to that of an earlier
// or outer item.
func Outermost(items []Item) (out []Item) {
	for i, it := range items {
		inside := false
		for at, other := range items {
			inside = inside || strings.HasPrefix(it.Path, other.Path+"/") || at < i && it.Path == other.Path
		}
		if !inside {
			out = append(out, it)
		}
	}
	return out
}

// withoutPackages returns what programs name.
func withoutPackages(root *sysroot.Root, objects []Object) (items []Item, err error) {
	w := newWalker(root)
	for _, o := range objects {
		if !o.Program {
			continue
		}
		for _, name := range o.Names {
			it := Item{Path: name, By: o.Path, Certain: true}
			it.Files, it.Size, err = w.files(name)
			if err != nil && !isTooLarge(err) {
				return nil, err
			}
			if len(it.Files) > 0 && err == nil {
				items = append(items, it)
			}
		}
	}
	return items, nil
}

// sortedSet returns the elements of list, sorted, each once.
func sortedSet[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// below reports whether name is dir or a path below it.
func below(name, dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
