package doctor

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// tree adds the files below the directory name except those for which skip returns
// true, and reports whether it added any. Shared objects are added as plugins.
func (m *maker) tree(name, why string, skip func(rel string) bool) bool {
	if m.directory(name) == nil {
		return false
	}
	before := len(m.group.Additions)
	(&treeWalk{m, path.Clean(name), why, skip}).below("", 0)
	return len(m.group.Additions) > before
}

// treeWalk adds the files of a directory.
type treeWalk struct {
	*maker
	top, why string
	skip     func(rel string) bool
}

// below adds the file or directory at the path rel below the top.
func (w *treeWalk) below(rel string, depth int) {
	dir := path.Join(w.top, rel)
	if depth > maxDepth {
		w.fail(fmt.Errorf("%s: more than %d directories deep", dir, maxDepth))
		return
	}
	list, err := bounded.ReadDir(w.root, dir, maxFiles)
	if err != nil {
		w.fail(err)
	}
	for _, d := range list {
		at := path.Join(rel, d.Name())
		switch {
		case w.done():
			return
		case w.skip != nil && w.skip(at):
		case d.IsDir():
			w.below(at, depth+1)
		case isShared(d.Name()):
			w.plugin(path.Join(w.top, at), w.why)
		default:
			w.file(path.Join(w.top, at), w.why)
		}
	}
}

// isShared reports whether name ends in ".so", with or without a version.
func isShared(name string) bool {
	return strings.HasSuffix(name, ".so") || strings.Contains(name, ".so.")
}

// dirs returns the directories called sub beside the closure's libraries, each once. For
// libraries in /lib it also looks in /usr/lib, where the plugins are.
func (m *maker) dirs(sub string) (found []string) {
	seen := map[string]bool{}
	for _, dir := range m.libraryDirs {
		for _, name := range []string{path.Join(dir, sub), path.Join("/usr", dir, sub)} {
			n := m.directory(name)
			if n == nil || seen[n.Real] {
				continue
			}
			seen[n.Real] = true
			found = append(found, name)
		}
	}
	return found
}

// trees adds all directories called sub beside the closure's libraries.
func (m *maker) trees(sub, why string) {
	found := false
	for _, dir := range m.dirs(sub) {
		found = m.tree(dir, why, isLibtool) || found
	}
	if !found {
		m.absent(sub)
	}
}

// isLibtool reports whether rel is a libtool file or a static library, which only
// linkers read.
func isLibtool(rel string) bool { return strings.HasSuffix(rel, ".la") || strings.HasSuffix(rel, ".a") }
