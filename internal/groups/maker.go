package groups

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// maxConfig is how large a configuration file may be that is read for the
// names in it.
const maxConfig = 1 << 20

// maker makes one Plan.
type maker struct {
	Facts
	root    *sysroot.Root
	plan    Plan
	paths   map[string]bool // of the additions
	counted map[string]bool // real files whose size is in the plan
	err     error           // the first one
}

func (m *maker) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// absent notes that the source lacks something.
func (m *maker) absent(what string) { m.plan.Absent = append(m.plan.Absent, what) }

// add adds a once for its path.
func (m *maker) add(a Addition) {
	if m.paths[a.Path] {
		return
	}
	m.paths[a.Path] = true
	if a.Kind == Bytes {
		a.Size = int64(len(a.Data))
	}
	m.plan.Size += a.Size
	m.plan.Additions = append(m.plan.Additions, a)
}

func (m *maker) dir(name string, mode fs.FileMode, why string) {
	m.add(Addition{Path: name, Kind: Dir, Mode: mode, Why: why})
}

func (m *maker) bytes(name, data, why string) {
	m.add(Addition{Path: name, Kind: Bytes, Data: []byte(data), Mode: 0o644, Why: why})
}

// regular returns the regular file that name leads to, nil when there is none.
func (m *maker) regular(name string) *sysroot.Node {
	n, err := m.root.Walk(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			m.fail(err)
		}
		return nil
	}
	if !n.Info.Mode().IsRegular() {
		return nil
	}
	return n
}

// open opens the regular file that name leads to and tells its size; nil when
// there is none.
func (m *maker) open(name string) (f sysroot.File, size int64) {
	n := m.regular(name)
	if n == nil {
		return nil, 0
	}
	f, err := m.root.OpenNode(n)
	if err != nil {
		m.fail(err)
		return nil, 0
	}
	return f, n.Info.Size()
}

// exists tells whether name leads to a regular file of the source.
func (m *maker) exists(name string) bool { return m.regular(name) != nil }

// file adds the source's file name, and tells whether it is there.
func (m *maker) file(name, why string) bool {
	return m.take(name, Addition{Why: why})
}

// plugin adds the source's shared object name, and tells whether it is there.
func (m *maker) plugin(name, why string) bool {
	return m.take(name, Addition{Plugin: true, Why: why})
}

// take adds the source's file name as a has it.
func (m *maker) take(name string, a Addition) bool {
	n := m.regular(name)
	if n == nil {
		return false
	}
	a.Path, a.Kind = path.Clean(name), File
	if key := identity(n); !m.counted[key] {
		m.counted[key] = true
		a.Size = n.Info.Size()
	} else {
		a.Plugin = false // it has been seen under another name
	}
	m.add(a)
	return true
}

// identity is the same for all names of a file.
func identity(n *sysroot.Node) string {
	if id, _, ok := sysroot.FileID(n.Info); ok {
		return fmt.Sprint(id.Dev, ":", id.Ino)
	}
	return n.Real
}

// tree adds the files below the directory name but those that skip says, and
// tells whether there is any. What ends in ".so", with or without a version, is
// a plugin.
func (m *maker) tree(name, why string, skip func(rel string) bool) bool {
	if n, err := m.root.Walk(name); err != nil || !n.Info.IsDir() {
		return false
	}
	before := len(m.plan.Additions)
	m.below(path.Clean(name), "", why, skip)
	return len(m.plan.Additions) > before
}

// below is tree for what lies at rel below top.
func (m *maker) below(top, rel, why string, skip func(rel string) bool) {
	list, err := m.root.ReadDir(path.Join(top, rel))
	if err != nil {
		m.fail(err)
		return
	}
	for _, d := range list {
		at := path.Join(rel, d.Name())
		switch {
		case skip != nil && skip(at):
		case d.IsDir():
			m.below(top, at, why, skip)
		case isShared(d.Name()):
			m.plugin(path.Join(top, at), why)
		default:
			m.file(path.Join(top, at), why)
		}
	}
}

// isShared tells whether a file's name is that of a shared object.
func isShared(name string) bool {
	return strings.HasSuffix(name, ".so") || strings.Contains(name, ".so.")
}

// dirs returns the directories sub beside the closure's libraries, each once.
// On a system whose /lib is apart from /usr/lib, plugins are in the latter.
func (m *maker) dirs(sub string) (found []string) {
	seen := map[string]bool{}
	for _, dir := range m.LibraryDirs {
		for _, name := range []string{path.Join(dir, sub), path.Join("/usr", dir, sub)} {
			n, err := m.root.Walk(name)
			if err != nil || !n.Info.IsDir() || seen[n.Real] {
				continue
			}
			seen[n.Real] = true
			found = append(found, name)
		}
	}
	return found
}

// trees adds all directories sub beside the closure's libraries.
func (m *maker) trees(sub, why string) {
	found := false
	for _, dir := range m.dirs(sub) {
		found = m.tree(dir, why, isLibtool) || found
	}
	if !found {
		m.absent(sub)
	}
}

// isLibtool tells of files that only the linker reads.
func isLibtool(rel string) bool { return strings.HasSuffix(rel, ".la") || strings.HasSuffix(rel, ".a") }

// library adds a library that the C library dlopens by its name.
func (m *maker) library(soname, why string) {
	for _, dir := range m.LibraryDirs {
		if n := m.regular(path.Join(dir, soname)); n != nil {
			m.add(Addition{Path: path.Join(dir, soname), Kind: Library, Target: soname, Size: n.Info.Size(), Plugin: true, Why: why})
			return
		}
	}
	m.absent(soname)
}

// literals returns the string constants of the closure's library soname (or the
// first that begins so) that want accepts, in the order of the file.
func (m *maker) literals(soname string, want func(string) bool) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(m.Libraries)) {
		if m.Literals == nil || !strings.HasPrefix(name, soname) {
			continue
		}
		err := m.Literals(m.Libraries[name], func(b []byte) bool {
			if len(b) > 1 && b[0] == '/' && want(string(b)) {
				found = append(found, string(b))
			}
			return true
		})
		if err != nil {
			m.fail(err)
		}
		return found
	}
	return nil
}

// text returns the content of a configuration file, "" when there is none.
func (m *maker) text(name string) string {
	f, size := m.open(name)
	if f == nil {
		return ""
	}
	defer f.Close()
	if size > maxConfig {
		return ""
	}
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		m.fail(err)
	}
	return string(b)
}
