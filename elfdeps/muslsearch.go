package elfdeps

import (
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/tokens"
)

const (
	nameMax     = 255           // NAME_MAX
	muslPathMax = 2*nameMax + 2 // the buffer of load_library; path_open skips longer paths
	maxPathFile = 256 << 10     // bytes of a .path file
)

// search looks for a name without a slash: in LD_LIBRARY_PATH, then in the search
// lists of the object that needs it, of the one that needed that, up to the
// program, then in the system path (§11; load_library in ldso/dynlink.c). When it
// finds nothing, m.errno is that of the last place, which the loader reports.
func (m *musl) search(name string, by *dso, t *trail) hit {
	m.errno = nil
	if len(name) > nameMax {
		return hit{}
	}
	h, found := m.inPath(name, m.envPath, hit{rule: RuleLibraryPath}, t)
	for d := by; d != nil && !found; d = d.neededBy {
		as := hit{rule: RuleRpath, ofPath: d.obj.Path}
		if d.file.Dynamic.HasRunpath {
			as.rule = RuleRunpath
		}
		h, found = m.inPath(name, m.list(d), as, t)
	}
	if !found {
		dirs := m.systemPath()
		if len(dirs) == 0 && m.sysErr != nil {
			m.errno = m.sysErr
		}
		h, _ = m.inPath(name, dirs, hit{rule: RuleMuslPath}, t)
	}
	return h
}

// pathElem is a directory of a search list.
type pathElem struct{ dir, raw string }

// splitPath splits a list at colons and newlines, without empty elements
// (path_open). raw is the list before its tokens were replaced.
func splitPath(list, raw string) []pathElem {
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(c rune) bool { return c == ':' || c == '\n' })
	}
	dirs, raws := split(list), split(raw)
	elems := make([]pathElem, 0, len(dirs))
	for i, d := range dirs {
		elems = append(elems, pathElem{d, d})
		if len(raws) == len(dirs) {
			elems[i].raw = raws[i]
		}
	}
	return elems
}

// skipped are the errors of open after which path_open goes on.
var skipped = []error{syscall.ENOENT, syscall.ENOTDIR, syscall.EACCES, syscall.ENAMETOOLONG}

// inPath tries the directories of a list. It reports whether the search ends, with
// a file or with an error.
func (m *musl) inPath(name string, list []pathElem, as hit, t *trail) (hit, bool) {
	for _, elem := range list {
		if len(elem.dir)+1+len(name) >= muslPathMax {
			if t.add(as.rule, elem.dir+"/", name, syscall.ENAMETOOLONG); !m.cost.Step() {
				return hit{fatal: errTooMany}, true
			}
			continue
		}
		d := m.directory(elem.dir + "/")
		o := m.probe(d, name)
		err := o.err
		if err == errTooMany { //nolint:errorlint // never wrapped here
			return hit{fatal: errTooMany}, true
		}
		if err == nil && o.node.Info.Mode().IsRegular() {
			err = m.s.load(o).openErr
		}
		if err == nil {
			as.o, as.name, as.element = o, elem.dir+"/"+name, elem.raw
			return as, true
		}
		t.add(as.rule, d.path, name, err)
		m.errno = err
		if !slices.Contains(skipped, err) {
			return hit{}, true
		}
	}
	return hit{}, false
}

// list returns the search list of d: DT_RUNPATH, else DT_RPATH, with $ORIGIN
// replaced (fixup_rpath). A program under AT_SECURE has none with tokens.
func (m *musl) list(d *dso) []pathElem {
	if d.path != nil || m.cost.TooManyListed() {
		return d.path
	}
	d.path = []pathElem{}
	raw := d.file.Dynamic.Rpath
	if d.file.Dynamic.HasRunpath {
		raw = d.file.Dynamic.Runpath
	}
	list := raw
	if strings.Contains(raw, "$") {
		origin, ok := m.origin(d)
		if !ok {
			return d.path
		}
		if list, ok = tokens.ExpandMusl(raw, origin); !ok {
			return d.path
		}
	}
	d.path = splitPath(list, raw)
	d.path = d.path[:min(len(d.path), maxElems)]
	m.cost.List(len(d.path))
	return d.path
}

// origin returns the value of $ORIGIN in d. It is not ok when it may not be used.
func (m *musl) origin(d *dso) (origin string, ok bool) {
	origin = originOf(d.name)
	if d == m.head {
		if m.atSecure() {
			return "", false
		}
		if m.file.HasInterp { // the kernel gives /proc/self/exe, which has no symlinks
			if len(m.path.node.Real) >= muslPathMax { // it does not fit into the buffer either
				return "", false
			}
			origin = originOf(m.path.node.Real)
		}
	}
	return origin, strings.HasPrefix(origin, "/") || !m.atSecure()
}

// pathFile returns where musl's loader reads its system path: below the directory
// that is left of PT_INTERP without its last two components.
func (m *musl) pathFile() string {
	prefix := ""
	if strings.HasPrefix(m.interpName, "/") {
		if i := strings.LastIndexByte(m.interpName, '/'); i > 0 {
			prefix = m.interpName[:max(0, strings.LastIndexByte(m.interpName[:i], '/'))]
		}
	}
	arch := m.loader.MuslArch
	if arch == "" {
		arch, _, _ = strings.Cut(strings.TrimPrefix(path.Base(m.interpName), "ld-musl-"), ".so")
	}
	return prefix + "/etc/ld-musl-" + arch + ".path"
}

// systemPath returns the directories of pathText; none when the .path file cannot
// be read.
func (m *musl) systemPath() []pathElem {
	if m.hasPath {
		return m.sysPath
	}
	m.hasPath = true
	var text string
	text, m.sysErr = m.pathText()
	m.sysPath = splitPath(text, text)
	return m.sysPath
}

// pathText returns the content of the .path file, or what is compiled into the
// loader where there is no such file.
func (m *musl) pathText() (string, error) {
	if b, ok := m.given.content[m.pathFile()]; ok {
		return string(b), nil
	}
	o := m.s.open(m.s.abs(m.pathFile()))
	switch {
	case errors.Is(o.err, syscall.ENOENT):
		return m.loader.MuslPath, nil
	case o.err != nil:
		return "", o.err
	}
	b, err := m.s.contents(o, maxPathFile)
	if err != nil {
		return "", err
	}
	text, _, _ := strings.Cut(string(b), "\x00")
	return text, nil
}
