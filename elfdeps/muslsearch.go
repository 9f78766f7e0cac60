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
	muslPathMax = 2*nameMax + 2 // the buffer of load_library, which path_open passes over what does not fit into
	maxPathFile = 256 << 10     // bytes of a .path file
)

// search looks for a name without a slash: LD_LIBRARY_PATH, then the search
// lists of who needs it, of who needed that, up to the program, then the system
// path (§11; load_library in ldso/dynlink.c). One that is not found keeps the
// errno of the last place looked at, which the loader then tells.
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

// splitPath splits a list at colons and newlines; empty elements do not count
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

// passedOver are the open errors after which path_open goes on.
var passedOver = []error{syscall.ENOENT, syscall.ENOTDIR, syscall.EACCES, syscall.ENAMETOOLONG}

// inPath tries the directories of a list. It is found, too, when an error ends
// the search.
func (m *musl) inPath(name string, list []pathElem, as hit, t *trail) (hit, bool) {
	for _, elem := range list {
		if len(elem.dir)+1+len(name) >= muslPathMax {
			if t.add(as.rule, elem.dir+"/", name, syscall.ENAMETOOLONG); !m.cost.step() {
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
		if !slices.Contains(passedOver, err) {
			return hit{}, true
		}
	}
	return hit{}, false
}

// list is the search list of d: DT_RUNPATH, else DT_RPATH, with $ORIGIN
// replaced (fixup_rpath). A program under AT_SECURE has none with tokens.
func (m *musl) list(d *dso) []pathElem {
	if d.path != nil || m.cost.tooManyListed() {
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
	m.cost.listed += len(d.path)
	return d.path
}

// origin is what $ORIGIN stands for in d, when it may be used.
func (m *musl) origin(d *dso) (origin string, ok bool) {
	origin = originOf(d.name)
	if d == m.head {
		if m.atSecure() {
			return "", false
		}
		if m.file.HasInterp { // the kernel gives /proc/self/exe, which has no symlinks
			if len(m.path.node.Real) >= muslPathMax { // nor has the buffer for it room
				return "", false
			}
			origin = originOf(m.path.node.Real)
		}
	}
	return origin, strings.HasPrefix(origin, "/") || !m.atSecure()
}

// pathFile is where musl's loader reads its system path: below the directory
// that PT_INTERP's last two components stand in.
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

// systemPath is the content of the .path file; the built-in directories when
// there is none; nothing when it cannot be read.
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

// pathText is what the .path file says, or what is compiled into the loader where
// there is no such file.
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
