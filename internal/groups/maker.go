package groups

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of what one call of Make reads and keeps, several times what
// systems have. What is beyond is an error.
const (
	maxAccounts = bounded.Config // passwd and group, each, in bytes
	maxTexts    = 4 << 20        // all other files that are read whole, in bytes
	maxConfigs  = 16 << 20       // the files of Facts.Configs that are searched, together, in bytes
	maxData     = 32 << 20       // the content of the files that are written anew, in bytes
	maxFiles    = 1 << 16        // additions, and entries of a directory
	maxWalked   = 1 << 16        // names that are looked for
	maxDepth    = 64             // directories in directories, and files that include others
)

// maker makes one Plan. It lives as long as the call of Make that it serves,
// whose context it holds.
type maker struct {
	Facts
	ctx      context.Context
	root     *sysroot.Root
	plan     Plan
	paths    map[string]bool // of the additions
	counted  map[string]bool // real files whose size is in the plan
	walked   map[string]bool // names that were looked for
	textLeft int64           // of maxTexts
	scanLeft int64           // of maxConfigs
	dataLeft int64           // of maxData
	err      error           // the first one
}

func (m *maker) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// done reports whether nothing that is found any more can matter.
func (m *maker) done() bool { return m.err != nil || m.ctx.Err() != nil }

// absent notes that the source lacks something.
func (m *maker) absent(what string) { m.plan.Absent = append(m.plan.Absent, what) }

// add adds a once for its path.
func (m *maker) add(a Addition) {
	if m.paths[a.Path] {
		return
	}
	if len(m.paths) == maxFiles {
		m.fail(fmt.Errorf("%s: the group has more than %d files", a.Path, maxFiles))
		return
	}
	m.paths[a.Path] = true
	if a.Kind == Bytes {
		a.Size = int64(len(a.Data))
	}
	if m.plan.Size += a.Size; m.plan.Size < 0 { // sparse files may be of any size
		m.plan.Size = math.MaxInt64
	}
	m.plan.Additions = append(m.plan.Additions, a)
}

func (m *maker) dir(name string, mode fs.FileMode, why string) {
	m.add(Addition{Path: name, Kind: Dir, Mode: mode, Why: why})
}

func (m *maker) bytes(name, data, why string) {
	m.add(Addition{Path: name, Kind: Bytes, Data: []byte(data), Mode: 0o644, Why: why})
}

// walk returns what name leads to, nil when there is nothing.
func (m *maker) walk(name string) *sysroot.Node {
	if m.done() || strings.IndexByte(name, 0) >= 0 { // no file has such a name
		return nil
	}
	if !m.walked[name] {
		m.walked[name] = true
		if len(m.walked) > maxWalked {
			m.fail(fmt.Errorf("%s: more than %d names are looked for", name, maxWalked))
			return nil
		}
	}
	n, err := m.root.Walk(name)
	if err != nil && !sysroot.IsAbsent(err) {
		m.fail(err)
	}
	if err != nil {
		return nil
	}
	return n
}

// regular returns the regular file that name leads to, nil when there is none.
func (m *maker) regular(name string) *sysroot.Node {
	if n := m.walk(name); n != nil && n.Info.Mode().IsRegular() {
		return n
	}
	return nil
}

// directory returns the directory that name leads to, nil when there is none.
func (m *maker) directory(name string) *sysroot.Node {
	if n := m.walk(name); n != nil && n.Info.IsDir() {
		return n
	}
	return nil
}

// list returns what is in the directory name, nothing when there is none.
func (m *maker) list(name string) []fs.DirEntry {
	if m.directory(name) == nil {
		return nil
	}
	list, err := bounded.ReadDir(m.root, name, maxFiles)
	if err != nil {
		m.fail(err)
		return nil
	}
	return list
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

// exists reports whether name leads to a regular file of the source.
func (m *maker) exists(name string) bool { return m.regular(name) != nil }

// file adds the source's file name, and reports whether it is there.
func (m *maker) file(name, why string) bool {
	return m.take(name, Addition{Why: why})
}

// plugin adds the source's shared object name, and reports whether it is there.
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
// reports whether there is any. What ends in ".so", with or without a version, is
// a plugin.
func (m *maker) tree(name, why string, skip func(rel string) bool) bool {
	if m.directory(name) == nil {
		return false
	}
	before := len(m.plan.Additions)
	(&grove{m, path.Clean(name), why, skip}).below("", 0)
	return len(m.plan.Additions) > before
}

// grove is a directory whose files are added.
type grove struct {
	*maker
	top, why string
	skip     func(rel string) bool
}

// below adds what lies at rel below the top.
func (g *grove) below(rel string, depth int) {
	dir := path.Join(g.top, rel)
	if depth > maxDepth {
		g.fail(fmt.Errorf("%s: more than %d directories deep", dir, maxDepth))
		return
	}
	list, err := bounded.ReadDir(g.root, dir, maxFiles)
	if err != nil {
		g.fail(err)
	}
	for _, d := range list {
		at := path.Join(rel, d.Name())
		switch {
		case g.done():
			return
		case g.skip != nil && g.skip(at):
		case d.IsDir():
			g.below(at, depth+1)
		case isShared(d.Name()):
			g.plugin(path.Join(g.top, at), g.why)
		default:
			g.file(path.Join(g.top, at), g.why)
		}
	}
}

// isShared reports whether a file's name is that of a shared object.
func isShared(name string) bool {
	return strings.HasSuffix(name, ".so") || strings.Contains(name, ".so.")
}

// dirs returns the directories sub beside the closure's libraries, each once.
// On a system whose /lib is apart from /usr/lib, plugins are in the latter.
func (m *maker) dirs(sub string) (found []string) {
	seen := map[string]bool{}
	for _, dir := range m.LibraryDirs {
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

// isLibtool reports whether only the linker reads a file.
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
			if len(b) > 1 && len(b) <= maxConstant && b[0] == '/' && want(string(b)) && !slices.Contains(found, string(b)) {
				found = append(found, string(b))
			}
			return len(found) < maxLiterals && !m.done()
		})
		if err != nil {
			m.fail(err)
		}
		return found
	}
	return nil
}

// maxLiterals is how many names that it was configured with a library is asked
// for, the first ones. It has one or two.
const maxLiterals = 16

// text returns the content of a configuration file, "" when there is none.
func (m *maker) text(name string) string {
	data := m.read(name, m.textLeft, fmt.Errorf("with the files before it %w", &bounded.SizeError{Limit: maxTexts}))
	m.textLeft -= int64(len(data))
	return data
}

// accountText returns the content of passwd or group, "" when there is none.
func (m *maker) accountText(name string) string {
	return m.read(name, maxAccounts, &bounded.SizeError{Limit: maxAccounts})
}

// read returns the content of the file name, "" when there is none; tooLarge is
// the error for one of more than limit bytes.
func (m *maker) read(name string, limit int64, tooLarge error) string {
	f, size := m.open(name)
	if f == nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && (size > limit || int64(len(data)) > limit) {
		err = tooLarge
	}
	if err != nil {
		m.fail(fmt.Errorf("%s: %w", name, err))
		return ""
	}
	return string(data)
}

// lines calls f for each line of the file name of Facts.Configs, with its end,
// unless the file is a binary one. What is too large is noted in the plan.
func (m *maker) lines(name string, f func(line []byte)) {
	file, size := m.open(name)
	if file == nil {
		return
	}
	defer file.Close()
	if size > m.scanLeft {
		m.plan.Unread = append(m.plan.Unread, fmt.Errorf("%s: with the files before it %w", name, &bounded.SizeError{Limit: maxConfigs}))
		return
	}
	b := bufio.NewReaderSize(io.LimitReader(file, size), maxLine)
	if head, _ := b.Peek(sniffed); bytes.IndexByte(head, 0) >= 0 {
		return
	}
	m.scanLeft -= size
	for !m.done() {
		line, err := b.ReadSlice('\n')
		f(line) // one that is longer than the buffer comes in parts
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			m.fail(fmt.Errorf("%s: %w", name, err))
		}
	}
}

const (
	sniffed = 512      // bytes in which a binary file has one that is 0
	maxLine = 64 << 10 // of a configuration file, in bytes
)
