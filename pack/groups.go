package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addGroups adds the groups in c.findings.
func addGroups(ctx context.Context, sys system, c contents) (contents, error) {
	for _, g := range c.findings.Groups {
		var err error
		if c, err = addGroup(ctx, sys, c, g); err != nil {
			return c, fmt.Errorf("--with %s: %w", g.Name, err)
		}
		c.groups = withGroup(c.groups, groupOf(g))
		if text := absentFiles(g); text != "" {
			c.warnings = append(c.warnings, Warning{Text: text, Hint: "install it, or leave out the group"})
		}
	}
	return c, nil
}

// withGroup returns list with g, which replaces a group of its name.
func withGroup(list []Group, g Group) []Group {
	if i := slices.IndexFunc(list, func(have Group) bool { return have.Name == g.Name }); i >= 0 {
		list[i] = g
		return list
	}
	return append(list, g)
}

// groupOf returns the description of a group for a plan.
func groupOf(g doctor.Group) Group {
	return Group{Name: g.Name, Detail: g.Detail, Size: g.Size, Files: len(g.Additions), Reason: groupReason(g)}
}

// groupReason returns the reason why a group is in the image.
func groupReason(g doctor.Group) Reason {
	r := Reason{Cause: Predicted, Group: g.Name}
	if g.Need == nil {
		r.Flag = "--with " + g.Name
		return r
	}
	r.Text, r.Does = g.Need.Why, g.Need.Does
	if len(g.Need.Triggers) > 0 {
		r.By, r.Name = g.Need.In, g.Need.Triggers[0]
	}
	return r
}

// absentFiles returns a warning about files of a group that the source does not have,
// "" if there are none, or if neither a flag nor a variable of the image asked for them.
func absentFiles(g doctor.Group) string {
	if len(g.Absent) == 0 || g.Need != nil && g.Name != "locale" && g.Name != "tzdata" {
		return ""
	}
	return fmt.Sprintf("--with %s: not found: %s", g.Name, quote.Some(g.Absent))
}

// addGroup adds the files of a group whose paths the tree does not have yet.
func addGroup(ctx context.Context, sys system, c contents, g doctor.Group) (contents, error) {
	have := c.tree.FS()
	claim := groupReason(g)
	var errs []error
	for _, a := range g.Additions {
		_, err := have.Lstat(a.Path)
		taken := err == nil
		e := rootfs.Entry{Path: a.Path, Mode: a.Mode, UID: a.UID, GID: a.GID, Claim: claim}
		switch {
		case a.Kind == doctor.Library:
			var err error
			c, err = addLibrary(ctx, sys, c, library{a.Target, claim})
			errs = append(errs, err)
		case a.Kind == doctor.Dir && !isDecided(c, a.Path):
			e.Mode |= fs.ModeDir
			errs = append(errs, c.tree.Add(e))
		case a.Kind == doctor.Bytes && !taken:
			e.Content = rootfs.Bytes(a.Data)
			errs = append(errs, c.tree.Add(e))
		case a.Kind == doctor.Link && !taken:
			errs = append(errs, addLink(c.tree, a.Path, a.Target, claim))
		case a.Kind == doctor.File && !taken:
			errs = append(errs, c.tree.AddFrom(sys.Root, a.Path, rootfs.CopyOptions{Claim: claim}))
		}
		if a.Kind == doctor.File && (a.Plugin || a.Program) {
			c.pending = append(c.pending, candidate{path: a.Path, inTree: true})
		}
		if g.Name == "data" && doctor.IsConfig(a.Path) {
			c.configs = append(c.configs, doctor.Config{Path: a.Path})
		}
	}
	return c, errors.Join(errs...)
}

// isDecided reports whether --mkdir, --conf or --copy determines the mode and owner of
// a directory.
func isDecided(c contents, dir string) bool {
	return slices.Contains(c.placed.dirs, dir) ||
		slices.ContainsFunc(c.placed.files, func(f string) bool { return strings.HasPrefix(f, dir+"/") })
}

// library is a library of a group.
type library struct {
	name  string
	claim Reason
}

// addLibrary adds what the first program would load by dlopen of l.name. A missing
// library is only a warning, since the programs run without it in the source, too.
func addLibrary(ctx context.Context, sys system, c contents, l library) (contents, error) {
	more, err := sys.search.Dlopen(ctx, sys.programs[0].Src, l.name)
	if ctx.Err() != nil {
		return c, ctx.Err()
	}
	if err != nil {
		c.warnings = append(c.warnings, warningOf(err))
		return c, nil
	}
	c.closure.Merge(more)
	return c, addFound(sys, c, more, l.claim)
}
