package main

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// dlopenLevels are the values of --dlopen, from the least to the most that is
// followed.
var dlopenLevels = []string{"none", "declared", "suggested", "hinted"}

// declared is a library that an object opens by itself.
type declared struct {
	by, name string
	why      string // what the object says of it, or "a string in it"
	path     string // where it was found; "" when it was not looked for or is not there
}

// addDeclared follows what the objects say they dlopen, as far as --dlopen goes:
// required libraries must be there, recommended ones are missed aloud, suggested
// ones and names found as strings are only told of unless they are asked for.
func (p *packing) addDeclared(ctx context.Context) error {
	if p.dlopen == "none" {
		return nil
	}
	seen := map[string]bool{}
	var errs []error
	for _, o := range p.closure.Objects {
		if o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter {
			continue
		}
		// A malformed entry is its own object's trouble; the others count.
		notes, err := ask(ctx, p.lookAt(o), o.Path, (*elffile.File).DlopenNotes)
		if err := errors.Join(unread(err), ctx.Err()); err != nil {
			return err
		}
		if err != nil {
			p.warnings = append(p.warnings, err)
		}
		for _, n := range notes {
			if key := strings.Join(n.Sonames, "|"); !seen[key] {
				seen[key] = true
				errs = append(errs, p.addNote(ctx, o, n))
			}
		}
		if p.dlopen == "hinted" {
			errs = append(errs, p.addHinted(ctx, o))
		}
	}
	return errors.Join(errs...)
}

// addNote adds the first of a note's alternatives that is there.
func (p *packing) addNote(ctx context.Context, o *elfdeps.Object, n elffile.DlopenNote) error {
	d := declared{by: o.Path, name: strings.Join(n.Sonames, " or "), why: string(n.Priority)}
	if n.Description != "" {
		d.why += ": " + n.Description
	}
	if n.Priority == elffile.Suggested && p.dlopen == "declared" {
		p.opens = append(p.opens, d)
		return nil
	}
	for _, name := range n.Sonames {
		if found, err := p.openedBy(ctx, o, name); found != "" || err != nil {
			d.path = found
			p.opens = append(p.opens, d)
			return err
		}
	}
	missing := &elfdeps.MissingError{Name: d.name, NeededBy: o.Path}
	if n.Priority == elffile.Required {
		return missing
	}
	p.warnings = append(p.warnings, withHint(missing, "it is declared as "+string(n.Priority)+": install it, or --dlopen none"))
	return nil
}

// addHinted adds what the strings of an object suggest and the source has.
func (p *packing) addHinted(ctx context.Context, o *elfdeps.Object) error {
	hints, err := ask(ctx, p.lookAt(o), o.Path, (*elffile.File).DlopenHints)
	if err != nil {
		return err
	}
	for _, name := range hints.Names {
		found, err := p.openedBy(ctx, o, name)
		if err != nil {
			return err
		}
		if found != "" {
			p.opens = append(p.opens, declared{by: o.Path, name: name, why: "a string in it", path: found})
		}
	}
	return nil
}

// openedBy resolves what dlopen of name by o would load and adds it; "" when
// the source has none.
func (p *packing) openedBy(ctx context.Context, o *elfdeps.Object, name string) (string, error) {
	more, err := p.lookAt(o).Dlopen(ctx, o.Path, name)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", unread(err) // what is not whole cannot be opened here either
	}
	found := ""
	for _, m := range more.Objects {
		if m.Kind == elfdeps.Plugin {
			found = m.Path
		}
	}
	if found == "" { // it is loaded already
		return path.Base(name), nil
	}
	p.closure.Merge(more)
	return found, p.addFound(more.Opened)
}

// sayOpens says which libraries went in because they are declared, and which
// were left out.
func (p *packing) sayOpens(u *ui) {
	for _, d := range p.opens {
		switch {
		case d.path == "":
			u.say("  - %s: %s may open it (%s); --dlopen suggested adds it", d.name, path.Base(d.by), d.why)
		case u.verbose:
			u.say("  + %s: %s opens it (%s)", d.path, path.Base(d.by), d.why)
		}
	}
}

// hintDlopen names what the strings of the objects suggest that they open, and
// what cannot be told from strings, where --dlopen does not follow them.
func (p *packing) hintDlopen(ctx context.Context, u *ui) {
	if p.dlopen != "declared" && p.dlopen != "suggested" {
		return
	}
	have := map[string]bool{}
	for _, e := range p.tree.Entries() {
		have[baseOf(e.Path)] = true
	}
	for _, o := range p.closure.Objects {
		if o.Kind == elfdeps.Script || o.Kind == elfdeps.Interpreter {
			continue
		}
		hints, err := ask(ctx, p.lookAt(o), o.Path, (*elffile.File).DlopenHints)
		if err != nil {
			continue // what cannot be read was told before
		}
		var names []string
		for _, name := range hints.Names {
			if !have[baseOf(name)] {
				have[baseOf(name)] = true
				names = append(names, shellWord(name))
			}
		}
		if len(names) > 0 {
			u.line("hint", shellWord(baseOf(o.Path))+" may dlopen "+some(names)+": --dlopen hinted, or --lib NAME")
		}
		if len(hints.Patterns) > 0 && u.verbose {
			u.line("hint", shellWord(baseOf(o.Path))+" makes up names that cannot be seen: "+some(hints.Patterns))
		}
	}
}
