package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// This file reads the content of objects through elfdeps.

// ask opens an object and returns the result of question.
func ask[T any](ctx context.Context, o Object, question func(*elffile.File) (T, error)) (answer T, err error) {
	f, err := o.In.File(ctx, o.Path)
	if err != nil {
		return answer, err
	}
	defer f.Close()
	return question(f)
}

func (o Object) imports(ctx context.Context) ([]string, error) {
	return ask(ctx, o, (*elffile.File).Imports)
}

func (o Object) linkedByGo(ctx context.Context) (bool, error) {
	return ask(ctx, o, (*elffile.File).IsGo)
}

func (o Object) literals(ctx context.Context, yield func([]byte) bool) error {
	f, err := o.In.File(ctx, o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Literals(yield)
}

func (o Object) dlopenNotes(ctx context.Context) ([]elffile.DlopenNote, error) {
	return ask(ctx, o, (*elffile.File).DlopenNotes)
}

func (o Object) dlopenHints(ctx context.Context) ([]string, error) {
	return ask(ctx, o, (*elffile.File).DlopenHints)
}

// cannotRead reports whether err means that a file could not be read, not that it is
// malformed.
func cannotRead(err error) bool {
	var at *elfdeps.ReadError
	return errors.As(err, &at)
}

// objectFacts are the cached facts about an object.
type objectFacts struct {
	evidence evidence
	// opensFiles is set if the object imports one of fileFunctions.
	opensFiles bool
	notes      *noteFacts // nil until they are read
	hints      *[]string  // nil until they are read
	opened     []string   // what openedBy returns; nil until it is called
}

// noteFacts are the valid notes of an object, and the error for malformed ones.
type noteFacts struct {
	notes []elffile.DlopenNote
	err   error
}

// factsOf returns the facts about an object, which it reads once.
func (d *Doctor) factsOf(ctx context.Context, o Object) (*objectFacts, error) {
	if known := d.objects[o.Object]; known != nil {
		return known, nil
	}
	imports, err := o.imports(ctx)
	if err != nil {
		return nil, err
	}
	isGo, err := o.linkedByGo(ctx)
	if err != nil {
		return nil, err
	}
	n := needObject{
		path: o.Path, soname: o.Soname, imports: imports, isGo: isGo,
		program: o.Kind == elfdeps.Executable, static: o.Interp == "" && len(o.Needed) == 0,
		literals: func(yield func([]byte) bool) error { return d.literals.each(ctx, o, yield) },
	}
	for _, e := range o.Needed {
		n.needed = append(n.needed, e.Name)
	}
	opens := func(name string) bool { return slices.Contains(fileFunctions, name) }
	facts := &objectFacts{opensFiles: slices.ContainsFunc(imports, opens)}
	if facts.evidence, err = evidenceOf(n); err != nil {
		return nil, err
	}
	d.objects[o.Object] = facts
	return facts, nil
}

// notesOf returns the dlopen notes of an object. If some are malformed, it returns an
// error with all others.
func (d *Doctor) notesOf(ctx context.Context, o Object, facts *objectFacts) ([]elffile.DlopenNote, error) {
	if facts.notes == nil {
		notes, err := o.dlopenNotes(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		facts.notes = &noteFacts{notes, err}
	}
	return facts.notes.notes, facts.notes.err
}

// hintsOf returns the names of libraries among the strings of an object.
func (d *Doctor) hintsOf(ctx context.Context, o Object, facts *objectFacts) ([]string, error) {
	if facts.hints == nil {
		hints, err := o.dlopenHints(ctx)
		if err != nil {
			return nil, err
		}
		facts.hints = &hints
	}
	return *facts.hints, nil
}

// openedBy returns the paths of the libraries that the strings of an object suggest and
// that a dlopen by the object finds.
func (d *Doctor) openedBy(ctx context.Context, o Object, facts *objectFacts) []string {
	if facts.opened != nil || len(*facts.hints) == 0 {
		return facts.opened
	}
	facts.opened = []string{}
	found, _ := o.In.Dlopen(ctx, o.Path, *facts.hints...) // a library that is not found is not an error
	if by := found.Object(o.Path); by != nil {
		for _, e := range by.Needed {
			if e.To != nil && slices.Contains(*facts.hints, e.Name) {
				facts.opened = append(facts.opened, e.To.Path)
			}
		}
	}
	return facts.opened
}

// declaredOpen returns the Open that a note of o declares.
func declaredOpen(o Object, n elffile.DlopenNote) Open {
	return Open{By: o.Path, Names: slices.Clone(n.Sonames), Priority: Priority(n.Priority), Description: n.Description}
}
