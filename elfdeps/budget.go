package elfdeps

import (
	"strings"
	"syscall"
)

// What one program may cost; a file that leads to more is refused.
const (
	maxSteps  = 1 << 20  // looks at a directory of a search list
	maxProbes = 1 << 15  // files looked for that nobody looked for before
	maxPaths  = 16 << 20 // bytes of their paths
	maxParts  = 1 << 17  // components of these, but for those of a known directory
	maxEdges  = 1 << 17  // names that its objects need
	maxListed = 1 << 16  // elements of the search lists in its objects

	maxVersionErrors = 1 << 10 // symbol versions that are told to be missing
	maxTold          = 1 << 14 // places in the lists of all its MissingErrors
	maxTries         = 2 << 20 // bytes of these
)

// pathMax is PATH_MAX, the NUL at the end included: the kernel opens no longer
// path (getname in fs/namei.c).
const pathMax = 4096

// budget is what a program has cost so far.
type budget struct {
	shares               int // how often the above is allowed
	steps, probes, paths int
	parts, edges, listed int
	told, tries          int
	versions             int  // that are missing
	over                 bool // an error says so already
}

// newBudget returns the budget of a program in which names are dlopened: what the
// caller asks for is no fault of the file.
func (s *session) newBudget(names []string) budget {
	return budget{shares: max(1, len(names)) * (1 + strings.Count(s.r.LibraryPath, ":")/16)}
}

// step pays for a look at a directory; false when there is nothing left.
func (b *budget) step() bool {
	b.steps++
	return b.steps <= maxSteps*b.shares
}

// probe pays for opening a path that is n bytes long, in a known directory.
func (b *budget) probe(n int) bool {
	b.probes++
	b.paths += n
	return b.probes <= maxProbes*b.shares && b.paths <= maxPaths*b.shares
}

// walk pays for opening a path of which nothing is known. Every component of
// it is remembered, even where the first does not exist.
func (b *budget) walk(name string) bool {
	b.parts += strings.Count(name, "/")
	return b.probe(len(name)) && b.parts <= maxParts*b.shares
}

// edge pays for a name that an object needs.
func (b *budget) edge() bool {
	b.edges++
	return b.edges <= maxEdges*b.shares
}

// tooManyListed reports whether there is nothing left for search lists.
func (b *budget) tooManyListed() bool { return b.listed > maxListed*b.shares }

// overdrawn reports whether err says that the budget is spent, and an error that
// says so was recorded before: all that is asked for from then on fails with it.
func (b *budget) overdrawn(err error) bool {
	if err != errTooMany { //nolint:errorlint // never wrapped here
		return false
	}
	first := !b.over
	b.over = true
	return !first
}

// directory returns the directory name, which ends in a slash or is empty. One
// that nobody asked for before costs as much as a file.
func (p *process) directory(name string) *directory {
	if d, ok := p.s.dirs[name]; ok {
		return d
	}
	if !p.cost.walk(name) {
		return &directory{name: name, err: errTooMany, none: opened{path: name, err: errTooMany}}
	}
	return p.s.directory(name)
}

// probe opens the file called name in d.
func (p *process) probe(d *directory, name string) *opened {
	switch {
	case !p.cost.step():
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
	if !p.cost.probe(len(d.path) + len(name)) {
		return &opened{err: errTooMany}
	}
	o := p.s.open(d.path + name)
	d.files[name] = o
	return o
}

// open opens a path as the loader writes it, absolute or not.
func (p *process) open(name string) *opened {
	switch {
	case !p.cost.step() || !p.cost.walk(name):
		return &opened{err: errTooMany}
	case name == "":
		return &opened{err: syscall.ENOENT}
	case len(name) >= pathMax:
		return &opened{path: name, err: syscall.ENAMETOOLONG}
	}
	return p.s.open(p.s.abs(name))
}

// trail, where it is not nil, collects the places that a search looks at.
type trail struct {
	tried []Tried
	more  int // places that are not listed
	cost  *budget
}

// add notes the place dir + name.
func (t *trail) add(rule Rule, dir, name string, err error) {
	if t == nil {
		return
	}
	n := len(dir) + len(name)
	if len(t.tried) >= maxTried || t.cost.told >= maxTold || t.cost.tries+n > maxTries {
		t.more++
		return
	}
	t.cost.told++
	t.cost.tries += n
	t.tried = append(t.tried, Tried{dir + name, errText(err), rule})
}

// maxTried is how many places one MissingError lists.
const maxTried = 1 << 10

// originOf is the directory of a path as it is written, up to its last slash
// and without it: $ORIGIN of "/opt/a/../b/x" is "/opt/a/../b".
func originOf(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }
