package elfdeps

import (
	"strings"
	"syscall"
)

// Limits of one program. A file that leads to more is refused.
const (
	maxSteps  = 1 << 20  // directories of search lists that are tried
	maxProbes = 1 << 15  // files that are looked for and were not looked for before
	maxPaths  = 16 << 20 // bytes of their paths
	maxParts  = 1 << 17  // components of these, except of files in a known directory
	maxEdges  = 1 << 17  // names that its objects need
	maxListed = 1 << 16  // elements of the search lists in its objects

	maxVersionErrors = 1 << 10 // symbol versions that are reported as missing
	maxReported      = 1 << 14 // places in the lists of all its MissingErrors
	maxReportedBytes = 2 << 20 // bytes of these
)

// pathMax is PATH_MAX, the NUL at the end included: the kernel opens no longer
// path (getname in fs/namei.c).
const pathMax = 4096

// budget counts what a program has cost so far.
type budget struct {
	factor               int // by which the limits are multiplied
	steps, probes, paths int
	parts, edges, listed int
	reported             int  // places in MissingErrors
	reportedBytes        int  // bytes of these
	versions             int  // that are missing
	exceeded             bool // an error that says so was recorded
}

// newBudget returns the budget of a program in which names are dlopened. The limits
// grow with what the caller asks for.
func (s *session) newBudget(names []string) budget {
	return budget{factor: max(1, len(names)) * (1 + strings.Count(s.r.LibraryPath, ":")/16)}
}

// step counts a directory of a search list, and reports whether the budget allows
// it.
func (b *budget) step() bool {
	b.steps++
	return b.steps <= maxSteps*b.factor
}

// probe counts opening a path that is n bytes long, in a known directory, and
// reports whether the budget allows it.
func (b *budget) probe(n int) bool {
	b.probes++
	b.paths += n
	return b.probes <= maxProbes*b.factor && b.paths <= maxPaths*b.factor
}

// walk counts opening a path of which nothing is known, and reports whether the
// budget allows it. Every component counts, since each is remembered, even where
// the first does not exist.
func (b *budget) walk(name string) bool {
	b.parts += strings.Count(name, "/")
	return b.probe(len(name)) && b.parts <= maxParts*b.factor
}

// edge counts a name that an object needs, and reports whether the budget allows
// it.
func (b *budget) edge() bool {
	b.edges++
	return b.edges <= maxEdges*b.factor
}

// tooManyListed reports whether the search lists have more elements than the
// budget allows.
func (b *budget) tooManyListed() bool { return b.listed > maxListed*b.factor }

// isRepeated reports whether err says that the budget is exceeded and such an
// error was already recorded: every search fails with it from then on.
func (b *budget) isRepeated(err error) bool {
	if err != errTooMany { //nolint:errorlint // never wrapped here
		return false
	}
	first := !b.exceeded
	b.exceeded = true
	return !first
}

// directory returns the directory name, which ends in a slash or is empty. One
// that was not asked for before costs as much as a file.
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

// trail collects the places where a search looks; a nil one collects nothing.
type trail struct {
	tried []Tried
	more  int // places that are not listed
	cost  *budget
}

// add appends the place dir + name.
func (t *trail) add(rule Rule, dir, name string, err error) {
	if t == nil {
		return
	}
	n := len(dir) + len(name)
	if len(t.tried) >= maxTried || t.cost.reported >= maxReported || t.cost.reportedBytes+n > maxReportedBytes {
		t.more++
		return
	}
	t.cost.reported++
	t.cost.reportedBytes += n
	t.tried = append(t.tried, Tried{dir + name, errText(err), rule})
}

// maxTried is how many places one MissingError lists.
const maxTried = 1 << 10

// originOf returns the directory of a path as it is written, up to its last slash
// and without it: $ORIGIN of "/opt/a/../b/x" is "/opt/a/../b".
func originOf(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }
