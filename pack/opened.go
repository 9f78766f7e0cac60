package pack

import (
	"context"
	"errors"
	"path"
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

// openKey returns a key that is equal for opens with the same priority and names.
func openKey(open doctor.Open) string {
	return string(open.Priority) + " " + strings.Join(open.Names, "|")
}

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
		o := Opened{Path: path.Base(name), Reason: openReason(open), Guessed: open.Priority == doctor.Hinted}
		for _, m := range more.Objects {
			if m.Kind == elfdeps.Plugin {
				o.Path = m.Path
			}
		}
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
