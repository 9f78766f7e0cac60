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

// The limits of what one group may read and keep, several times what systems
// have. What is beyond is an error.
const (
	maxAccounts = bounded.Config // passwd and group, each, in bytes
	maxTexts    = 4 << 20        // all other files that are read whole, in bytes
	maxData     = 32 << 20       // the content of the files that are written anew, in bytes
	maxFiles    = 1 << 16        // additions, and entries of a directory
	maxWalked   = 1 << 16        // names that are looked for
	maxDepth    = 64             // directories in directories, and files that include others
)

// maker makes one Group. It lives as long as the call of makeGroup that it
// serves, whose context it holds.
type maker struct {
	groupFacts
	ctx      context.Context
	root     *sysroot.Root // the source
	group    Group
	paths    map[string]bool // of the additions
	counted  map[string]bool // real files whose size is in the group's
	walked   map[string]bool // names that were looked for
	textLeft int64           // of maxTexts
	dataLeft int64           // of maxData
	err      error           // the first one
}

// makeGroup returns what the group name adds to an image whose programs come
// from src, as f describes them. Errors are those of the file systems, what is
// larger than the limits of this package, and that of a ctx that has ended: a
// file that is merely not there is named in Absent instead.
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

// fail keeps the first error.
func (m *maker) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// done reports whether nothing further can matter.
func (m *maker) done() bool { return m.err != nil || m.ctx.Err() != nil }

// absent notes that the source lacks something.
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

// bytes adds a file that is written anew.
func (m *maker) bytes(name, data, why string) {
	m.add(Addition{Path: name, Kind: Bytes, Data: []byte(data), Mode: 0o644, Why: why})
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

// take adds the source's file name with the other fields of a, and reports
// whether it is there.
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

// library adds a library that the C library dlopens by its name.
func (m *maker) library(soname, why string) {
	for _, dir := range m.libraryDirs {
		if n := m.regular(path.Join(dir, soname)); n != nil {
			m.add(Addition{
				Path: path.Join(dir, soname), Kind: Library, Target: soname, Size: n.Info.Size(), Plugin: true, Why: why,
			})
			return
		}
	}
	m.absent(soname)
}
