package interpreters

import (
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
)

// maxPackages is the maximum number of packages that a script depends on.
const maxPackages = 4096

// addModules adds the files in the directories modules that belong to the packages of
// the scripts of interpreter p, or to packages that these depend on.
func (f finder) addModules(lib *Library, p Program, modules []string) error {
	scripts := f.scriptsOf(p)
	if len(modules) == 0 || len(scripts) == 0 {
		return nil
	}
	owners, err := f.packages.Owners(f.ctx, scripts...)
	if err != nil {
		return err
	}
	var roots []string
	for _, s := range scripts {
		roots = append(roots, owners[s]...)
	}
	packages, err := f.dependencies(roots)
	if err != nil {
		return err
	}
	for _, name := range packages {
		files, err := f.packages.Files(f.ctx, name)
		if err != nil {
			return err
		}
		if err := f.addBelow(lib, files, modules); err != nil {
			return err
		}
	}
	return nil
}

// addBelow adds those of files that are below one of dirs.
func (f finder) addBelow(lib *Library, files, dirs []string) error {
	for _, name := range files {
		if !slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(name, dir+"/") }) {
			continue
		}
		at, has := slices.BinarySearch(lib.Files, name)
		if has {
			continue
		}
		found, size, err := owndata.Tree(f.root, name, nil)
		if err != nil {
			return err
		}
		lib.Files, lib.Size = slices.Insert(lib.Files, at, found...), lib.Size+size
	}
	return nil
}

// scriptsOf returns the paths of the scripts that interpreter p runs.
func (f finder) scriptsOf(p Program) (paths []string) {
	for _, s := range f.in.Programs {
		if slices.Contains(s.Interpreters, p.Path) {
			paths = append(paths, s.Path, s.RealPath)
		}
	}
	return paths
}

// dependencies returns roots and all packages that they depend on, directly or not.
func (f finder) dependencies(roots []string) ([]string, error) {
	seen := map[string]bool{}
	var all []string
	for queue := roots; len(queue) > 0 && len(all) < maxPackages; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		all = append(all, name)
		needs, err := f.packages.Depends(f.ctx, name)
		if err != nil {
			return nil, err
		}
		queue = append(queue, needs...)
	}
	return all, nil
}
