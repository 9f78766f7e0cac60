package doctor

import (
	"context"
	"strings"
)

// Level says how far libraries that objects open with dlopen are followed.
type Level string

// The levels, from the least to the most that is followed.
const (
	LevelNone      Level = "none"      // nothing is looked for
	LevelDeclared  Level = "declared"  // what a .note.dlopen requires or recommends
	LevelSuggested Level = "suggested" // and what it suggests
	LevelHinted    Level = "hinted"    // and names that stand in the strings of objects
)

// Levels returns all levels, from the least to the most that is followed.
func Levels() []Level {
	return []Level{LevelNone, LevelDeclared, LevelSuggested, LevelHinted}
}

// findOpens adds to found what the objects open with dlopen: what they declare,
// each list of alternatives once, then what their strings suggest. Which of that
// is followed is for the caller to decide by its level.
func (d *Doctor) findOpens(ctx context.Context, in Input, found *Findings) error {
	if in.Dlopen == LevelNone || in.Dlopen == "" {
		return nil
	}
	seen := map[string]bool{}
	for _, o := range in.Objects {
		facts, err := d.factsOf(ctx, o)
		if err != nil {
			return err
		}
		notes, err := d.notesOf(ctx, o, facts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if cannotRead(err) {
			return err
		}
		if err != nil { // one malformed entry is no reason to drop the others
			found.Warnings = append(found.Warnings, err)
		}
		for _, n := range notes {
			if key := strings.Join(n.Sonames, "|"); !seen[key] {
				seen[key] = true
				found.Opens = append(found.Opens, declaredOpen(o, n))
			}
		}
	}
	return d.findHinted(ctx, in, found)
}

// findHinted adds what the strings of the objects suggest. Strings that cannot
// be read are an error only where they decide what goes in.
func (d *Doctor) findHinted(ctx context.Context, in Input, found *Findings) error {
	for _, o := range in.Objects {
		facts, err := d.factsOf(ctx, o)
		if err != nil {
			return err
		}
		hints, err := d.hintsOf(ctx, o, facts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && in.Dlopen == LevelHinted {
			return err
		}
		for _, name := range hints.Names {
			found.Opens = append(found.Opens, Open{By: o.Path, Names: []string{name}, Priority: Hinted})
		}
		if len(hints.Patterns) > 0 {
			found.Patterns = append(found.Patterns, Pattern{By: o.Path, Names: hints.Patterns})
		}
	}
	return nil
}
