package doctor

import (
	"context"
	"slices"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// fileFunctions are the functions of the C library that open files and directories. A
// library that imports none of them reads no data.
var fileFunctions = []string{
	"open", "open64", "openat", "openat64", "__open_2", "__open64_2", "__openat_2", "__openat64_2", "fopen", "fopen64",
	"freopen", "freopen64", "opendir", "scandir", "scandir64", "glob", "glob64", "access", "stat", "stat64", "lstat",
	"__xstat", "__xstat64",
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
