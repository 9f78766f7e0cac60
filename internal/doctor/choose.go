package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/bytesize"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// groupBasis is the input of chooseGroups that Examine has computed.
type groupBasis struct {
	needs map[string]*Need // the need of the highest degree for each group
	facts groupFacts
}

// chooseGroups adds the groups for the image, and advice about the others, to found. If
// data go into the image, it adds only them, since other groups depend on their files:
// the caller calls Examine again.
func (d *Doctor) chooseGroups(ctx context.Context, in Input, b groupBasis, found *Findings) error {
	for _, name := range GroupNames() {
		need := b.needs[name]
		if !in.wants(name, need) {
			continue
		}
		asked := slices.Contains(in.Groups.With, name)
		g, err := makeGroup(ctx, d.root, b.facts, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("--with %s: %w", name, err)
		}
		if slices.Contains(in.Done, name) && hasAll(in.Image, g) {
			continue
		}
		if !asked {
			g.Need = need
		}
		switch {
		case asked || g.isAutomatic():
			found.Groups = append(found.Groups, g)
			if name == "data" && len(g.Additions) > 0 {
				return nil
			}
		case g.Size > 0 && !hasAll(in.Image, g):
			found.Advice = append(found.Advice, groupAdvice(g))
		}
	}
	return nil
}

// isAutomatic reports whether a group goes into the image without being asked for: if it
// is certainly needed, and small. Of the data only what is small was selected.
func (g Group) isAutomatic() bool {
	return g.Need != nil && g.Need.Degree == Certain && (g.Size <= autoLimit || g.Name == "data")
}

// wants reports whether a group is to be made. Group helpers is made again after it was
// added, since the programs that were added may start others.
func (in Input) wants(name string, need *Need) bool {
	wanted := slices.Contains(in.Groups.With, name) || in.Groups.Auto && need != nil && need.Degree >= Likely
	done := slices.Contains(in.Done, name) && name != "helpers"
	return wanted && !done && !slices.Contains(in.Groups.Without, name)
}

// groupAdvice returns the advice to add a group that is needed.
func groupAdvice(g Group) Advice {
	text := quote.ShellWord(path.Base(g.Need.In)) + " " + g.Need.Does
	if len(g.Need.Triggers) == 0 {
		text = g.Need.Why
	}
	return Advice{
		Degree: g.Need.Degree, Text: text,
		Fix: fmt.Sprintf("add --with %s (%s)", g.Name, bytesize.Text(g.Size)),
	}
}

// hasAll reports whether all files of a group are already in the image.
func hasAll(image fs.ReadLinkFS, g Group) bool {
	exists := existsIn(image)
	return !slices.ContainsFunc(g.Additions, func(a Addition) bool { return !exists(a.Path) })
}

// existsIn returns a function that reports whether a path exists in an image; nil is an
// empty one.
func existsIn(image fs.ReadLinkFS) func(name string) bool {
	if image == nil {
		return func(string) bool { return false }
	}
	root := sysroot.New(image)
	return func(name string) bool {
		_, err := root.Lstat(name)
		return err == nil
	}
}
