package owndata

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of one item, several times the sizes in real systems.
const (
	maxFiles = 1 << 16
	maxDepth = 64
)

// Tree returns the names below a directory of the source that lead to files of use in an
// image, sorted, and the size of the files in bytes. Files that not everybody may read are
// left out, and so are names directly in the directory for which skip, which may be nil,
// returns true. If name does not exist, Tree returns nothing. It returns an error if there
// are more than 65,536 files or 64 levels, or a directory cannot be read.
func Tree(root *sysroot.Root, name string, skip func(base string) bool) (files []string, size int64, err error) {
	w := newWalker(root)
	w.skip, w.top = skip, name
	return w.files(name)
}

// walker lists files of the source.
type walker struct {
	root  *sysroot.Root
	found int    // the number of files of the current item so far
	top   string // the directory to which skip applies
	from  string // the real path of the current item, which the caller has chosen
	skip  func(base string) bool
	seen  map[string]bool // the files of the current item whose size was counted
}

func newWalker(root *sysroot.Root) *walker { return &walker{root: root} }

// files returns the files and symlinks of a directory, or of a file the file, with their
// size. Files that not everybody may read are left out.
func (w *walker) files(name string) (list []string, size int64, err error) {
	w.seen, w.found = map[string]bool{}, 0
	n, err := w.root.Walk(name)
	if isUnknown(err) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	w.from = n.Real
	switch {
	case n.Info.IsDir():
	case isPublic(n, w.from):
		return []string{name}, w.sizeOf(n), w.count(1)
	default:
		return nil, 0, nil
	}
	err = w.walk(name, 0, func(at string, n *sysroot.Node) error {
		if isGenerated(at) || !isPublic(n, w.from) {
			return nil
		}
		list = append(list, at)
		bytes := w.sizeOf(n)
		size = min(size, math.MaxInt64-bytes) + bytes
		return w.count(1)
	})
	return list, size, err
}

// sizeOf returns the size of a file, 0 if it was counted before.
func (w *walker) sizeOf(n *sysroot.Node) int64 {
	if w.seen[n.Real] {
		return 0
	}
	w.seen[n.Real] = true
	return n.Info.Size()
}

// The errors for an item that exceeds a limit.
var (
	errTooMany = fmt.Errorf("more than %d files", maxFiles)
	errTooDeep = fmt.Errorf("more than %d directories deep", maxDepth)
)

func isTooLarge(err error) bool { return errors.Is(err, errTooMany) || errors.Is(err, errTooDeep) }

// count adds to the number of files.
func (w *walker) count(n int) error {
	if w.found += n; w.found > maxFiles {
		return errTooMany
	}
	return nil
}

// isUnknown reports whether err means that a file does not exist or that this user cannot
// reach it. Either way it is not for everybody.
func isUnknown(err error) bool { return sysroot.IsAbsent(err) || errors.Is(err, fs.ErrPermission) }

// walk calls f for each name below dir that leads to a regular file, in the order of the
// names. It leaves out directories that not everybody may read, whoever runs it.
func (w *walker) walk(dir string, depth int, f func(name string, n *sysroot.Node) error) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: %w", dir, errTooDeep)
	}
	n, err := w.root.Walk(dir)
	if isUnknown(err) || err == nil && !isPublic(n, w.from) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := bounded.ReadDir(w.root, dir, maxFiles)
	if isUnknown(err) {
		return nil
	}
	if many := (*bounded.EntriesError)(nil); errors.As(err, &many) {
		return fmt.Errorf("%s: %w", dir, errTooMany)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if w.skip != nil && dir == w.top && w.skip(e.Name()) {
			continue
		}
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			err = w.walk(name, depth+1, f)
		} else {
			err = w.entry(name, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entry calls f if name leads to a regular file.
func (w *walker) entry(name string, f func(string, *sysroot.Node) error) error {
	n, err := w.root.Walk(name)
	if isUnknown(err) {
		return nil
	}
	if err != nil || !n.Info.Mode().IsRegular() {
		return err
	}
	return f(name, n)
}

// isGenerated reports whether a file is of no use in an image: a compiled Python module
// is valid only for the time stamp of its source, which the image changes (PEP 552), and
// only linkers read libtool files and static libraries.
func isGenerated(name string) bool {
	return strings.Contains(name, "/__pycache__/") || strings.HasSuffix(name, ".la") || strings.HasSuffix(name, ".a")
}
