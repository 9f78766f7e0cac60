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

// addOpened follows what the objects may dlopen, as far as level goes. A library
// that is required must be there, one that is recommended is a warning where it
// is missing. What is merely suggested, or seen as a string, goes in where it is
// asked for and there.
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

// openKey is the same for what was looked for already.
func openKey(open doctor.Open) string {
	return string(open.Priority) + " " + strings.Join(open.Names, "|")
}

// follows reports whether a level follows what has the given priority.
func follows(level doctor.Level, p doctor.Priority) bool {
	switch p {
	case doctor.Hinted:
		return level == doctor.LevelHinted
	case doctor.Suggested:
		return level == doctor.LevelSuggested || level == doctor.LevelHinted
	}
	return level != doctor.LevelNone
}

// addFirstOpened adds the first of the alternatives that the source has.
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

// openReason says why a library may be opened.
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
