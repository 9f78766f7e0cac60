// Package fileglob finds the files that a path or a pattern in a configuration file
// names.
//
// It reads directories only, and it limits how many. Its caveat: what cannot be read
// counts as absent. Start with Find.
package fileglob

import (
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of one search, several times what configurations have.
const (
	maxFound   = 1000    // paths at each level of a pattern
	maxEntries = 1 << 16 // entries of a directory
	maxReads   = 1000    // directories that are read
)

// IsPattern reports whether name has special characters of path.Match.
func IsPattern(name string) bool { return strings.ContainsAny(name, `*?[`) }

// Find returns the regular files that an absolute path or a pattern leads to. Of a
// directory it returns the files in it, without README and those that begin with a dot.
// exists reports whether there is a file or a directory.
func Find(root *sysroot.Root, pattern string) (files []string, exists bool) {
	f := finder{root: root}
	for _, name := range f.expand(path.Clean("/" + pattern)) {
		n, err := root.Walk(name)
		if err != nil {
			continue
		}
		exists = true
		if !n.Info.IsDir() {
			files = f.appendRegular(files, name)
			continue
		}
		for _, base := range f.names(name, "*") {
			if base != "README" {
				files = f.appendRegular(files, path.Join(name, base))
			}
		}
	}
	return files, exists
}

// finder counts the directories that one search reads.
type finder struct {
	root  *sysroot.Root
	reads int
}

// expand returns the paths that a pattern matches. A path that is no pattern is returned
// even if it does not exist.
func (f *finder) expand(pattern string) []string {
	found := []string{"/"}
	for element := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, dir := range found {
			bases := []string{element}
			if IsPattern(element) {
				bases = f.names(dir, element)
			}
			for _, base := range bases {
				next = append(next, path.Join(dir, base))
			}
		}
		found = next[:min(len(next), maxFound)]
	}
	return found
}

// names returns the names in a directory that a pattern matches. As in a shell, a name
// that begins with a dot does not match.
func (f *finder) names(dir, pattern string) (names []string) {
	if f.reads++; f.reads > maxReads {
		return nil
	}
	list, err := bounded.ReadDir(f.root, dir, maxEntries)
	if err != nil {
		return nil
	}
	for _, e := range list {
		if ok, err := path.Match(pattern, e.Name()); ok && err == nil && e.Name()[0] != '.' && len(names) < maxFound {
			names = append(names, e.Name())
		}
	}
	return names
}

// appendRegular appends name to files if it leads to a regular file.
func (f *finder) appendRegular(files []string, name string) []string {
	n, err := f.root.Walk(name)
	if err != nil || !n.Info.Mode().IsRegular() || len(files) == maxFound {
		return files
	}
	return append(files, name)
}
