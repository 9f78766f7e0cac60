package doctor

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

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

// declaredOpen returns the Open that a note of o declares.
func declaredOpen(o Object, n elffile.DlopenNote) Open {
	return Open{By: o.Path, Names: slices.Clone(n.Sonames), Priority: Priority(n.Priority), Description: n.Description}
}

// findHinted adds the libraries that the strings of the objects suggest. Unless the level
// is LevelHinted, it adds only advice about those that the programs themselves open, that
// exist and that are not in the image. An object that cannot be read is an error only if
// the level is LevelHinted.
func (d *Doctor) findHinted(ctx context.Context, in Input, found *Findings) error {
	var left []hinted
	for _, o := range in.Objects {
		if in.Dlopen != LevelHinted && o.Kind != elfdeps.Executable {
			continue // the use of a program rarely depends on what its libraries try to open
		}
		facts, err := d.factsOf(ctx, o)
		if err != nil {
			return err
		}
		hints, err := d.hintsOf(ctx, o, facts)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && in.Dlopen == LevelHinted:
			return err
		case err != nil:
			continue
		case in.Dlopen != LevelHinted:
			left = append(left, d.openable(ctx, o, facts, in.Image)...)
			continue
		}
		for _, name := range hints {
			found.Opens = append(found.Opens, Open{By: o.Path, Names: []string{name}, Priority: Hinted})
		}
	}
	if len(left) > 0 {
		found.Advice = append(found.Advice, openAdvice(left))
	}
	return ctx.Err()
}

// hinted is a library whose name is a string of an object.
type hinted struct{ by, path string }

// openable returns the libraries that the strings of o suggest, that a dlopen by o finds
// and that are not in the image.
func (d *Doctor) openable(ctx context.Context, o Object, facts *objectFacts, image fs.ReadLinkFS) (list []hinted) {
	for _, at := range d.openedBy(ctx, o, facts) {
		if image != nil {
			if _, err := sysroot.New(image).Walk(at); err == nil {
				continue
			}
		}
		list = append(list, hinted{o.Path, at})
	}
	return list
}

// openAdvice returns the advice to add libraries that may be opened.
func openAdvice(list []hinted) Advice {
	var by, names []string
	for _, h := range list {
		by = append(by, quote.ShellWord(path.Base(h.by)))
		names = append(names, quote.ShellWord(path.Base(h.path)))
	}
	slices.Sort(names)
	return Advice{
		Degree: Possible,
		Text:   quote.Some(slices.Compact(by)) + " may dlopen " + quote.Some(slices.Compact(names)),
		Fix:    "add --dlopen hinted or --lib NAME",
	}
}
