package doctor

import (
	"context"
	"strings"
)

// Level selects which of the libraries that objects open with dlopen are added.
type Level string

// The levels. Each includes the ones before it.
const (
	LevelNone      Level = "none"      // no libraries
	LevelDeclared  Level = "declared"  // those that a .note.dlopen requires or recommends
	LevelSuggested Level = "suggested" // those that a .note.dlopen suggests
	LevelHinted    Level = "hinted"    // those whose names are strings of objects
)

// Levels returns all levels. Each includes the ones before it.
func Levels() []Level {
	return []Level{LevelNone, LevelDeclared, LevelSuggested, LevelHinted}
}

// findOpens adds to found the libraries that the objects declare to open with dlopen,
// each list of alternatives once, and those that their strings suggest. The caller
// selects those of its level.
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
		if err != nil { // the other entries are still used
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

// findHinted adds the libraries that the strings of the objects suggest. An object that
// cannot be read is an error only if the level is LevelHinted.
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
