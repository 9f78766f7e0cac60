package elfdeps

import (
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/budget"
)

// pathMax is PATH_MAX, the NUL at the end included: the kernel opens no longer
// path (getname in fs/namei.c).
const pathMax = 4096

// directory returns the directory name, which ends in a slash or is empty. One
// that is new to the session costs as much as a file.
func (p *process) directory(name string) *directory {
	if d, ok := p.s.dirs[name]; ok {
		return d
	}
	if !p.cost.Walk(name) {
		return &directory{name: name, err: errTooMany, none: opened{path: name, err: errTooMany}}
	}
	return p.s.directory(name)
}

// probe opens the file called name in d.
func (p *process) probe(d *directory, name string) *opened {
	switch {
	case !p.cost.Step():
		return &opened{err: errTooMany}
	case len(d.name)+len(name) >= pathMax:
		return &opened{err: syscall.ENAMETOOLONG}
	case d.err != nil:
		p.s.note(&d.none)
		return &d.none
	}
	if o, ok := d.files[name]; ok {
		p.s.note(o)
		return o
	}
	if !p.cost.Probe(len(d.path) + len(name)) {
		return &opened{err: errTooMany}
	}
	o := p.s.open(d.path + name)
	d.files[name] = o
	return o
}

// open opens a path as the loader writes it, absolute or not.
func (p *process) open(name string) *opened {
	switch {
	case !p.cost.Step() || !p.cost.Walk(name):
		return &opened{err: errTooMany}
	case name == "":
		return &opened{err: syscall.ENOENT}
	case len(name) >= pathMax:
		return &opened{path: name, err: syscall.ENAMETOOLONG}
	}
	return p.s.open(p.s.abs(name))
}

// trail collects the places where a search looks; a nil one collects nothing.
type trail struct {
	tried []Tried
	more  int // places that are not listed
	cost  *budget.Budget
}

// add appends the place dir + name.
func (t *trail) add(rule Rule, dir, name string, err error) {
	if t == nil {
		return
	}
	n := len(dir) + len(name)
	if len(t.tried) >= maxTried || !t.cost.Report(n) {
		t.more++
		return
	}
	t.tried = append(t.tried, Tried{dir + name, errText(err), rule})
}

// maxTried is how many places one MissingError lists.
const maxTried = 1 << 10

// originOf returns the directory of a path as it is written, up to its last slash
// and without it: $ORIGIN of "/opt/a/../b/x" is "/opt/a/../b".
func originOf(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }
