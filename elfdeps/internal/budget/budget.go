// Package budget limits what the search for the libraries of one program may cost,
// so that no program or tree, however it is made, takes more than seconds and some
// megabytes. It only counts. Start with New.
package budget

import (
	"errors"
	"strings"
)

// ErrExceeded says that a program leads to more than the budget allows.
var ErrExceeded = errors.New("too many paths searched")

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

// Budget counts what a program has cost so far.
type Budget struct {
	factor               int // by which the limits are multiplied
	steps, probes, paths int
	parts, edges, listed int
	reported             int  // places in MissingErrors
	reportedBytes        int  // bytes of these
	versions             int  // that are missing
	exceeded             bool // an error that says so was recorded
}

// New returns the budget of a program in which a number of names are dlopened, with
// the given LD_LIBRARY_PATH. The limits grow with what the caller asks for.
func New(names int, libraryPath string) Budget {
	return Budget{factor: max(1, names) * (1 + strings.Count(libraryPath, ":")/16)}
}

// Step counts a directory of a search list, and reports whether the budget allows
// it.
func (b *Budget) Step() bool {
	b.steps++
	return b.steps <= maxSteps*b.factor
}

// Probe counts opening a path that is n bytes long, in a known directory, and
// reports whether the budget allows it.
func (b *Budget) Probe(n int) bool {
	b.probes++
	b.paths += n
	return b.probes <= maxProbes*b.factor && b.paths <= maxPaths*b.factor
}

// Walk counts opening a path of which nothing is known, and reports whether the
// budget allows it. Every component counts, since each is remembered, even where
// the first does not exist.
func (b *Budget) Walk(name string) bool {
	b.parts += strings.Count(name, "/")
	return b.Probe(len(name)) && b.parts <= maxParts*b.factor
}

// Edge counts a name that an object needs, and reports whether the budget allows
// it.
func (b *Budget) Edge() bool {
	b.edges++
	return b.edges <= maxEdges*b.factor
}

// List counts n elements of a search list.
func (b *Budget) List(n int) { b.listed += n }

// TooManyListed reports whether the search lists have more elements than the
// budget allows.
func (b *Budget) TooManyListed() bool { return b.listed > maxListed*b.factor }

// Report counts a place of n bytes that is reported, unless the budget does not
// allow it, and reports which.
func (b *Budget) Report(n int) bool {
	if b.reported >= maxReported || b.reportedBytes+n > maxReportedBytes {
		return false
	}
	b.reported++
	b.reportedBytes += n
	return true
}

// Version counts a symbol version that is missing, and reports whether the budget
// allows to report it.
func (b *Budget) Version() bool {
	b.versions++
	return b.versions <= maxVersionErrors*b.factor
}

// IsRepeated reports whether err says that the budget is exceeded and such an
// error was already recorded: every search fails with it from then on.
func (b *Budget) IsRepeated(err error) bool {
	if err != ErrExceeded { //nolint:errorlint // never wrapped here
		return false
	}
	first := !b.exceeded
	b.exceeded = true
	return !first
}
