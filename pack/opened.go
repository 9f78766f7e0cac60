package pack

import (
	"context"
	"errors"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// addOpened adds the libraries that objects may dlopen, as level selects them. If one
// is missing, that is an error for a required library, a warning for a recommended or
// suggested one, and ignored for one that only a string names.
func addOpened(ctx context.Context, sys system, level doctor.Level, c contents) (contents, error) {
	at := readers{sys, c.merged(sys)}
	var errs []error
	for _, open := range c.findings.Opens {
		key := openKey(open)
		if c.asked[key] || !follows(level, open.Priority) {
			continue
		}
		c.asked[key] = true
		var err error
		c, err = addFirstOpened(ctx, at, c, open)
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// openKey returns a key that is equal for opens with the same object and names.
func openKey(open doctor.Open) string { return open.By + "\x00" + strings.Join(open.Names, "|") }

// follows reports whether level selects libraries of the given priority.
func follows(level doctor.Level, p doctor.Priority) bool {
	switch p {
	case doctor.Hinted:
		return level == doctor.LevelHinted
	case doctor.Suggested:
		return level == doctor.LevelSuggested || level == doctor.LevelHinted
	}
	return level != doctor.LevelNone
}

// addFirstOpened adds the first of the alternatives open.Names that is found.
func addFirstOpened(ctx context.Context, at readers, c contents, open doctor.Open) (contents, error) {
	for _, name := range open.Names {
		more, err := at.of(open.By).Dlopen(ctx, open.By, name)
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		if err := readErrors(err); err != nil {
			return c, err
		}
		if err != nil {
			continue
		}
		o := Opened{Path: openedPath(more, open.By, name), Reason: openReason(open)}
		c.opened = append(c.opened, o)
		c.closure.Merge(more)
		return c, addFound(at.sys, c, more, o.Reason)
	}
	missing := &elfdeps.MissingError{Name: strings.Join(open.Names, " or "), NeededBy: open.By}
	switch open.Priority {
	case doctor.Required:
		return c, missing
	case doctor.Hinted:
		return c, nil
	}
	hint := "install it, or add --dlopen none: it is declared as " + string(open.Priority)
	c.warnings = append(c.warnings, warningOf(usererr.WithHint(missing, hint)))
	return c, nil
}

// openedPath returns the path of the library that a dlopen of name found.
func openedPath(found *elfdeps.Closure, by, name string) string {
	if o := found.Object(by); o != nil {
		for _, e := range o.Needed {
			if e.Name == name && e.To != nil {
				return e.To.Path
			}
		}
	}
	for _, o := range found.Objects {
		if o.Soname == name || o.Kind == elfdeps.Plugin {
			return o.Path
		}
	}
	return name
}

// openReason returns the reason for a library that an object may dlopen.
func openReason(open doctor.Open) Reason {
	r := Reason{Cause: ByDlopen, By: open.By, Name: strings.Join(open.Names, " or "), Text: string(open.Priority)}
	if open.Priority == doctor.Hinted {
		r.Text = "the name is a string in it"
	}
	if open.Description != "" {
		r.Text += ": " + open.Description
	}
	return r
}

// leftOut returns the libraries that objects declare to dlopen and that level does not
// add.
func leftOut(c contents, level doctor.Level) (list []Opened) {
	if level == doctor.LevelNone {
		return nil
	}
	for _, open := range c.findings.Opens {
		if open.Priority != doctor.Hinted && !c.asked[openKey(open)] {
			list = append(list, Opened{Reason: openReason(open)})
		}
	}
	return list
}
