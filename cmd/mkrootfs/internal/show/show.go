// Package show prints a plan in the forms of --print. It does not change the plan.
// Start with Tree.
package show

import (
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/pack"
)

// object returns the object at a path, which may be relative; nil if there is none.
func object(p *pack.Plan, name string) *elfdeps.Object { return p.Closure.Object(p.Abs(name)) }
