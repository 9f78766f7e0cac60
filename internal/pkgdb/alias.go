package pkgdb

import (
	"io/fs"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// aliases are the linked directories near the top of a tree: /lib → /usr/lib
// and the like. A package may list its files by either name; which one says
// nothing about where they are found. Both ends carry a trailing slash.
type aliases []alias

type alias struct{ from, to string }

// aliasDirs are searched for linked directories: the merged /usr has its links
// in the top, the merged sbin in /usr, and /var/run is a link since 2011.
var aliasDirs = []string{"/", "/usr", "/var"}

// maxAliases is how many of them count, the first by name. Systems have fewer
// than ten, and every file of every list is held against all of them.
const maxAliases = 64

func findAliases(root *sysroot.Root) (aliases, error) {
	out := aliases{}
	for _, dir := range aliasDirs {
		entries, err := bounded.ReadDir(root, dir, maxEntries)
		if err != nil && !sysroot.IsAbsent(err) {
			return nil, err
		}
		for _, e := range entries {
			if e.Type()&fs.ModeSymlink == 0 || len(out) == maxAliases {
				continue
			}
			a, err := aliasOf(root, path.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			if a.to != "" {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// aliasOf returns what the symlink name leads to, if that is a directory.
func aliasOf(root *sysroot.Root, name string) (alias, error) {
	n, err := root.Walk(name)
	switch {
	case sysroot.IsAbsent(err):
		return alias{}, nil
	case err != nil:
		return alias{}, err
	case !n.Info.IsDir() || n.Real == "/":
		return alias{}, nil
	}
	return alias{name + "/", n.Real + "/"}, nil
}

// canonical renames a path as a package wrote it to the one without linked
// directories.
func (as aliases) canonical(name string) string {
	for _, a := range as {
		if strings.HasPrefix(name, a.from) {
			return a.to + name[len(a.from):]
		}
	}
	return name
}
