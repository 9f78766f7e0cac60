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

// chooseGroups adds the groups for the image, and advice about the others, to found.
func (d *Doctor) chooseGroups(ctx context.Context, in Input, b groupBasis, found *Findings) error {
	for _, name := range GroupNames() {
		need := b.needs[name]
		asked := slices.Contains(in.Groups.With, name)
		wanted := asked || in.Groups.Auto && need != nil && need.Degree >= Likely
		done := slices.Contains(in.Done, name)
		if !wanted || slices.Contains(in.Groups.Without, name) || done && name != "helpers" {
			continue
		}
		g, err := makeGroup(ctx, d.root, b.facts, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("--with %s: %w", name, err)
		}
		if done && hasAll(in.Image, g) {
			continue // otherwise the programs that were added start others
		}
		if !asked {
			g.Need = need
		}
		if asked || need.Degree == Certain && g.Size <= autoLimit {
			found.Groups = append(found.Groups, g)
		} else if g.Size > 0 && !hasAll(in.Image, g) {
			found.Advice = append(found.Advice, groupAdvice(g))
		}
	}
	return nil
}

// groupAdvice returns the advice to add a group that is needed.
func groupAdvice(g Group) Advice {
	return Advice{
		Degree: g.Need.Degree, Text: quote.ShellWord(path.Base(g.Need.In)) + " " + g.Need.Does,
		Fix: fmt.Sprintf("add --with %s (%s)", g.Name, bytesize.Text(g.Size)),
	}
}

// hasAll reports whether all files of a group are already in the image.
func hasAll(image fs.ReadLinkFS, g Group) bool {
	if image == nil {
		return false
	}
	root := sysroot.New(image)
	return !slices.ContainsFunc(g.Additions, func(a Addition) bool {
		_, err := root.Lstat(a.Path)
		return err != nil
	})
}
