package owndata

import (
	"context"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// question is what the package database is asked about.
type question struct {
	objects   []Object
	libraries []string
}

// owners are the packages of files and directories, by path.
type owners map[string][]string

// withPackages returns the items that belong to the objects according to db.
func withPackages(ctx context.Context, db *Packages, q question) ([]Item, error) {
	real := realPaths(db.root, q.objects)
	own, err := askOwners(ctx, db, q, real)
	if err != nil {
		return nil, err
	}
	inClosure := map[string]bool{}
	for _, name := range q.libraries {
		for _, p := range own[name] {
			inClosure[p] = true
		}
	}
	var programs []string
	for _, o := range q.objects {
		if o.Program {
			programs = append(programs, slices.Concat(own[o.Path], own[o.RealPath])...)
		}
	}
	f := finder{
		ctx: ctx, db: db, own: own, real: real,
		programs: sortedSet(programs), inClosure: inClosure, walker: newWalker(db.root),
	}
	var items []Item
	for _, o := range q.objects {
		more, err := f.itemsOf(o)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, ctx.Err()
}

// realPaths returns the real paths of all names of the objects.
func realPaths(root *sysroot.Root, objects []Object) map[string]string {
	real := map[string]string{}
	for _, o := range objects {
		for _, name := range o.Names {
			if n, err := root.Walk(name); err == nil {
				real[name] = n.Real
			}
		}
	}
	return real
}

// askOwners returns the owners of all paths that matter, in one call of the database.
func askOwners(ctx context.Context, db *Packages, q question, real map[string]string) (owners, error) {
	ask := slices.Clone(q.libraries)
	for _, o := range q.objects {
		ask = append(ask, o.Path, o.RealPath)
		for _, name := range o.Names {
			ask = append(ask, name, real[name], path.Dir(real[name]))
		}
	}
	return db.Owners(ctx, sortedSet(ask)...)
}

// finder finds the items of objects.
type finder struct {
	ctx       context.Context
	db        *Packages
	own       owners
	real      map[string]string
	programs  []string        // the packages of the programs
	inClosure map[string]bool // packages that have a library of the closure
	walker    *walker
}

// itemsOf returns the items of one object.
func (f *finder) itemsOf(o Object) (items []Item, err error) {
	packages := sortedSet(slices.Concat(f.own[o.Path], f.own[o.RealPath]))
	if len(packages) == 0 {
		return nil, nil // a program of the user's, who copies its data
	}
	data, err := f.dataPackages(slices.Concat(packages, f.programs))
	if err != nil {
		return nil, err
	}
	for _, name := range o.Names {
		it := Item{Path: name, By: o.Path}
		it.Certain = f.belongs(name, data, o.Program)
		switch {
		case it.Certain:
			it.Files, it.Size, err = f.filesOf(name, data)
		default:
			it.Package, err = f.completion(name, packages)
			if err == nil && it.Package != "" {
				it.Files, it.Size, err = f.filesOf(name, []string{it.Package})
			}
		}
		if err != nil && !isTooLarge(err) {
			return nil, err
		}
		if len(it.Files) > 0 && err == nil {
			items = append(items, it)
		}
	}
	if !o.Script {
		return items, nil
	}
	more, err := f.scriptItems(o, packages)
	return append(items, more...), err
}

// dataPackages returns packages and those of their dependencies that have no library of
// the closure.
func (f *finder) dataPackages(packages []string) ([]string, error) {
	data := slices.Clone(packages)
	for _, p := range packages {
		needs, err := f.db.Depends(f.ctx, p)
		if err != nil {
			return nil, err
		}
		for _, n := range needs {
			if !f.inClosure[n] {
				data = append(data, n)
			}
		}
	}
	return sortedSet(data), nil
}

// belongs reports whether the file or directory that name leads to belongs to one of the
// packages data. byProgram is true if a program names it.
func (f *finder) belongs(name string, data []string, byProgram bool) bool {
	real := f.real[name]
	listed := slices.Concat(f.own[name], f.own[real])
	if len(listed) > 0 {
		return slices.ContainsFunc(listed, func(p string) bool { return slices.Contains(data, p) })
	}
	if byProgram && below(real, "/etc") {
		return true
	}
	return containsAll(data, f.own[path.Dir(real)])
}

// containsAll reports whether list has all of some, and some is not empty.
func containsAll(list, some []string) bool {
	return len(some) > 0 && !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(list, s) })
}

// completion returns the only package that name belongs to, if it depends on one of
// packages, as NAME depends on NAME-bin, or has only data; "" otherwise.
func (f *finder) completion(name string, packages []string) (string, error) {
	listed := sortedSet(slices.Concat(f.own[name], f.own[f.real[name]]))
	if len(listed) != 1 || f.inClosure[listed[0]] {
		return "", nil
	}
	needs, err := f.db.Depends(f.ctx, listed[0])
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(needs, func(n string) bool { return slices.Contains(packages, n) }) {
		return listed[0], nil
	}
	if only, err := f.hasOnlyData(listed[0]); err != nil || !only || below(f.real[name], "/etc") {
		return "", err
	}
	return listed[0], nil
}

// filesOf returns the files of name that belong to packages. Of a directory that other
// packages use, too, these are the files that packages list; otherwise all files, since
// package scripts make further ones.
func (f *finder) filesOf(name string, packages []string) (list []string, size int64, err error) {
	real := f.real[name]
	listed := slices.Concat(f.own[name], f.own[real])
	if len(listed) == 0 || containsAll(packages, listed) {
		return f.walker.files(name)
	}
	if n, err := f.walker.root.Walk(real); err != nil || !n.Info.IsDir() {
		return f.walker.files(name)
	}
	for _, p := range packages {
		files, err := f.db.Files(f.ctx, p)
		if err != nil {
			return nil, 0, err
		}
		for _, at := range files {
			if !below(at, name) && !below(at, real) || isGenerated(at) || !isShareable(f.walker.root, at) {
				continue
			}
			_, bytes, err := f.walker.files(at)
			if err != nil {
				return nil, 0, err
			}
			list, size = append(list, at), size+bytes
		}
	}
	return sortedSet(list), size, nil
}
