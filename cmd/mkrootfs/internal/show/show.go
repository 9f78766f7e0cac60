// Package show prints a closure in the forms that --print has for it. It decides
// nothing: what is in the closure and in the tree is settled before.
package show

import (
	"context"
	"slices"

	"github.com/docker/go-units"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// View is what there is to show: the closure of programs of a source.
type View struct {
	Source   *source.Source
	Programs []source.Program
	Closure  *elfdeps.Closure
	// Terminal says that a terminal may show what is printed, so that Ldd has to
	// escape names as tell.Printable does. Tree always does, and JSON has escapes
	// of its own.
	Terminal bool
}

// name is a name as Ldd prints it.
func (v *View) name(s string) string {
	if v.Terminal {
		return tell.Printable(s)
	}
	return s
}

// object returns what the closure has for a path, which may be relative.
func (v *View) object(name string) *elfdeps.Object { return v.Closure.Object(v.Source.Abs(name)) }

// Places returns the paths of the tree that holds the closure just as it stands.
// There is none, and ok is false, when a program moves, or when the image's
// loader may need a file of its own to find it all again: then a tree has to be
// composed. r is the resolver that found the closure.
func (v *View) Places(ctx context.Context, r *elfdeps.Resolver) (places []sysroot.Place, ok bool) {
	for _, prog := range v.Programs {
		if prog.Dest != prog.Src {
			return nil, false
		}
	}
	if slices.ContainsFunc(v.Closure.Opened, source.IsPathFile) || r.Doubtful(ctx, v.Closure) {
		return nil, false
	}
	names := make([]string, len(v.Closure.Opened))
	for i, name := range v.Closure.Opened {
		names[i] = v.Source.Abs(name)
	}
	places, err := v.Source.Root.Footprint(names...)
	return places, err == nil
}

// Size is a number of bytes in decimal units, as docker shows it.
func Size(n int64) string { return units.HumanSizeWithPrecision(float64(n), 3) }
