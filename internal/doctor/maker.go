package doctor

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// The limits of what one group may read and keep, several times the sizes in real
// systems. More is an error.
const (
	maxAccounts = bounded.Config // passwd and group, each, in bytes
	maxTexts    = 4 << 20        // all other files that are read whole, in bytes
	maxData     = 32 << 20       // the content of generated files, in bytes
	maxFiles    = 1 << 16        // additions, and entries of a directory
	maxWalked   = 1 << 16        // names that are looked up
	maxDepth    = 64             // nested directories, and nested includes
)

// maker makes one Group. It exists only during a call of makeGroup, whose context it has.
type maker struct {
	groupFacts
	ctx      context.Context
	root     *sysroot.Root // the source
	group    Group
	paths    map[string]bool // the paths of the additions
	counted  map[string]bool // files that are included in the size of the group
	walked   map[string]bool // names that were looked up
	textLeft int64           // the rest of maxTexts
	dataLeft int64           // the rest of maxData
	err      error           // the first error
}

// makeGroup returns the group name for an image with programs from src. It returns an
// error if a file cannot be read, a limit of this package is exceeded, or ctx has ended.
// Files that do not exist are in Absent.
func makeGroup(ctx context.Context, src fs.ReadLinkFS, f groupFacts, name string) (Group, error) {
	i := groupIndex(name)
	if i < 0 {
		return Group{}, fmt.Errorf("%s: no such group", name)
	}
	if f.env == nil {
		f.env = func(string) string { return "" }
	}
	m := &maker{
		groupFacts: f, ctx: ctx, root: sysroot.New(src), group: Group{Name: name},
		paths: map[string]bool{}, counted: map[string]bool{}, walked: map[string]bool{},
		textLeft: maxTexts, dataLeft: maxData,
	}
	groupTable[i].fill(m)
	if ctx.Err() != nil {
		return Group{}, ctx.Err()
	}
	slices.SortStableFunc(m.group.Additions, func(a, b Addition) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(m.group.Absent)
	return m.group, m.err
}

// fail records err, unless there is an earlier error.
func (m *maker) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// done reports whether an error has occurred or the context has ended.
func (m *maker) done() bool { return m.err != nil || m.ctx.Err() != nil }

// absent records that the source does not have a file.
func (m *maker) absent(what string) { m.group.Absent = append(m.group.Absent, what) }

// add adds a, unless there is an addition for its path.
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
	if m.group.Size += a.Size; m.group.Size < 0 { // sparse files may be of any size
		m.group.Size = math.MaxInt64
	}
	m.group.Additions = append(m.group.Additions, a)
}

// dir adds a directory.
func (m *maker) dir(name string, mode fs.FileMode, why string) {
	m.add(Addition{Path: name, Kind: Dir, Mode: mode, Why: why})
}

// bytes adds a generated file.
func (m *maker) bytes(name, data, why string) {
	m.add(Addition{Path: name, Kind: Bytes, Data: []byte(data), Mode: 0o644, Why: why})
}

// exists reports whether name leads to a regular file of the source.
func (m *maker) exists(name string) bool { return m.regular(name) != nil }

// file adds the file name of the source, and reports whether it exists.
func (m *maker) file(name, why string) bool {
	return m.take(name, Addition{Why: why})
}

// plugin adds the shared object name of the source, and reports whether it exists.
func (m *maker) plugin(name, why string) bool {
	return m.take(name, Addition{Plugin: true, Why: why})
}

// take adds the file name of the source with the other fields of a, and reports whether
// it exists.
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
		a.Plugin = false // it was added under another name
	}
	m.add(a)
	return true
}

// library adds a library that the C library dlopens by its name.
func (m *maker) library(soname, why string) {
	for _, dir := range m.libraryDirs {
		if n := m.regular(path.Join(dir, soname)); n != nil {
			m.add(Addition{
				Path: path.Join(dir, soname), Kind: Library, Target: soname, Size: n.Info.Size(), Plugin: true,
				Why: why,
			})
			return
		}
	}
	m.absent(soname)
}
