// Package show prints what a plan loads in the forms that --print has for it. It
// decides nothing: what goes in is settled before. Start with Tree.
package show

import (
	"github.com/docker/go-units"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/pack"
)

// object returns what the closure has for a path, which may be relative; nil for
// nothing.
func object(p *pack.Plan, name string) *elfdeps.Object { return p.Closure.Object(p.Abs(name)) }

// Size is a number of bytes in decimal units, as docker shows it.
func Size(n int64) string { return units.HumanSizeWithPrecision(float64(n), 3) }
