// Package overlay combines two file systems, like the layers of a container: a file of
// the upper one hides the file of the lower one at the same path, and directories are
// merged. It writes nothing. Its caveat: it follows no symlinks, so the parents of a
// name must not be symlinks, as in the calls of a sysroot.Root. Start with New.
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

// of returns the file system that has name: the lower one if name does not exist in the
// upper one, else the upper one.
func (o overlay) of(name string) fs.ReadLinkFS {
	if _, err := o.upper.Lstat(name); sysroot.IsAbsent(err) {
		return o.lower
	}
	return o.upper
}

func (o overlay) Open(name string) (fs.File, error) { return o.of(name).Open(name) }

func (o overlay) Lstat(name string) (fs.FileInfo, error) { return o.of(name).Lstat(name) }

func (o overlay) ReadLink(name string) (string, error) { return o.of(name).ReadLink(name) }

// Getxattr returns an extended attribute of the file name.
func (o overlay) Getxattr(name, attr string) ([]byte, error) {
	if x, ok := o.of(name).(sysroot.XattrFS); ok {
		return x.Getxattr(name, attr)
	}
	return nil, nil
}

// ReadDir returns the entries of the directory name in both file systems, sorted.
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
