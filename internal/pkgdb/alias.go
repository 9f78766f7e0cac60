package pkgdb

import (
	"io/fs"
	"path"
	"strings"

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

func findAliases(root *sysroot.Root) aliases {
	var out aliases
	for _, dir := range aliasDirs {
		entries, err := root.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			if e.Type()&fs.ModeSymlink == 0 {
				continue
			}
			if n, err := root.Walk(name); err == nil && n.Info.IsDir() && n.Real != "/" {
				out = append(out, alias{name + "/", n.Real + "/"})
			}
		}
	}
	return out
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
