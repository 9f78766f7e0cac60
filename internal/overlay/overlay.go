// Package overlay shows one file system over another, as a container's layers
// are shown: what the upper one has hides what the lower has at that path, and
// directories of both are one. It copies nothing and writes nothing. Its
// caveat: paths are taken component by component, as a sysroot.Root walks them;
// a name whose parents hold symlinks is not followed across the two. Start with
// New.
package overlay

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

type overlay struct{ upper, lower fs.ReadLinkFS }

// New returns upper over lower.
func New(upper, lower fs.ReadLinkFS) fs.ReadLinkFS { return overlay{upper, lower} }

// of returns the file system that has name: the upper one unless it says that
// it has not.
func (o overlay) of(name string) fs.ReadLinkFS {
	if _, err := o.upper.Lstat(name); sysroot.IsAbsent(err) {
		return o.lower
	}
	return o.upper
}

func (o overlay) Open(name string) (fs.File, error) { return o.of(name).Open(name) }

func (o overlay) Lstat(name string) (fs.FileInfo, error) { return o.of(name).Lstat(name) }

func (o overlay) ReadLink(name string) (string, error) { return o.of(name).ReadLink(name) }

// Getxattr returns an attribute of the file that is seen at name.
func (o overlay) Getxattr(name, attr string) ([]byte, error) {
	if x, ok := o.of(name).(sysroot.XattrFS); ok {
		return x.Getxattr(name, attr)
	}
	return nil, nil
}

// ReadDir lists what both have in the directory name, sorted.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(o.upper, name)
	lower, lowerErr := fs.ReadDir(o.lower, name)
	switch {
	case err != nil && (lowerErr != nil || !sysroot.IsAbsent(err)):
		return nil, err
	case lowerErr != nil && !sysroot.IsAbsent(lowerErr):
		return nil, lowerErr
	}
	have := map[string]bool{}
	for _, e := range upper {
		have[e.Name()] = true
	}
	for _, e := range lower {
		if !have[e.Name()] {
			upper = append(upper, e)
		}
	}
	slices.SortFunc(upper, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return upper, nil
}
