package owndata

import (
	"path"
	"slices"
)

// scriptItems returns the data of a script that its text need not name: those of its own
// packages, and those of packages that these depend on and that have only data. What
// the interpreter's package depends on is no concern of the script. An item is a directory
// in one of places, with the files of one package.
func (f *finder) scriptItems(o Object, own []string) (items []Item, err error) {
	packages, err := f.dataPackages(own)
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		only, err := f.hasOnlyData(p)
		if err != nil {
			return nil, err
		}
		if !only && !slices.Contains(own, p) {
			continue
		}
		more, err := f.packageItems(o, p)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, nil
}

// packageItems returns the data of a package as items of o.
func (f *finder) packageItems(o Object, name string) (items []Item, err error) {
	files, err := f.db.Files(f.ctx, name)
	if err != nil {
		return nil, err
	}
	for _, at := range files { // sorted
		if !mayBeData(at) || isGenerated(at) || !isShareable(f.walker.root, at) {
			continue
		}
		_, bytes, err := f.walker.files(at)
		if err != nil {
			return nil, err
		}
		if last := len(items) - 1; last < 0 || items[last].Path != topOf(at) {
			items = append(items, Item{Path: topOf(at), By: o.Path, Certain: true})
		}
		it := &items[len(items)-1]
		it.Files, it.Size = append(it.Files, at), it.Size+bytes
	}
	return items, nil
}

// hasOnlyData reports whether a package has neither programs nor libraries.
func (f *finder) hasOnlyData(name string) (bool, error) {
	files, err := f.db.Files(f.ctx, name)
	return err == nil && !slices.ContainsFunc(files, isCode), err
}

// isCode reports whether the path is that of a program in PATH or of a library.
func isCode(name string) bool {
	switch path.Base(path.Dir(name)) {
	case "bin", "sbin", "games":
		return true
	}
	return isLibrary(name)
}
