package doctor

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/bytesize"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/interpreters"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/owndata"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// ownData is the data of the programs: group data.
type ownData struct {
	items     []owndata.Item
	libraries []interpreters.Library
}

// findData returns the data of the objects, divided by what choice selects.
func (d *Doctor) findData(ctx context.Context, objects []Object, choice Choice) (dataChoice, error) {
	asked := slices.Contains(choice.With, "data")
	if slices.Contains(choice.Without, "data") || !choice.Auto && !asked {
		return dataChoice{}, nil
	}
	q, err := d.askFor(ctx, objects)
	if err != nil {
		return dataChoice{}, err
	}
	var found ownData
	if found.libraries, err = interpreters.Libraries(ctx, d.root, d.packages, q.interpreters); err != nil {
		return dataChoice{}, err
	}
	found.items, err = owndata.Find(ctx, d.packages, withoutPlaces(q.objects, found.libraries), q.libraries)
	return chooseData(found, asked), err
}

// startedObjects returns the objects that are loaded when the programs of the image and
// their helpers run. Other objects come from copied trees and packages, and their data are
// the user's business.
func startedObjects(in Input, started []helper) (objects []Object) {
	byPath := map[string]*elfdeps.Object{}
	for _, o := range in.Objects {
		byPath[o.Path] = o.Object
	}
	var queue []*elfdeps.Object
	for _, name := range in.Programs {
		queue = append(queue, byPath[name])
	}
	for _, h := range started {
		queue = append(queue, byPath[h.path])
	}
	reached := map[*elfdeps.Object]bool{nil: true}
	for ; len(queue) > 0; queue = queue[1:] {
		if reached[queue[0]] {
			continue
		}
		reached[queue[0]] = true
		for _, e := range queue[0].Needed {
			queue = append(queue, e.To)
		}
	}
	return slices.DeleteFunc(slices.Clone(in.Objects), func(o Object) bool { return !reached[o.Object] })
}

// dataQuestion is what the data depend on.
type dataQuestion struct {
	objects      []owndata.Object // programs, scripts and the libraries that they call
	libraries    []string         // the paths of all libraries
	interpreters interpreters.Input
}

// askFor returns the question for objects.
func (d *Doctor) askFor(ctx context.Context, objects []Object) (q dataQuestion, err error) {
	deep := deepLibraries(objects)
	q.interpreters.Triplet = tripletOf(objects)
	for _, o := range objects {
		if o.Kind == elfdeps.Interpreter {
			continue
		}
		if isProgram(o) {
			q.interpreters.Programs = append(q.interpreters.Programs, interpreted(o))
		} else {
			q.libraries = append(q.libraries, o.Path)
		}
		if deep[o.Path] {
			continue
		}
		if o.Kind == elfdeps.Library {
			q.interpreters.Programs = append(q.interpreters.Programs, interpreted(o))
		}
		names, err := d.namesOf(ctx, o, q.interpreters.Triplet)
		if err != nil {
			return q, err
		}
		q.interpreters.Names = append(q.interpreters.Names, names...)
		q.objects = append(q.objects, owndata.Object{
			Path: o.Path, RealPath: o.RealPath, Program: isProgram(o), Script: o.Kind == elfdeps.Script, Names: names,
		})
	}
	return q, nil
}

// tripletOf returns the name of the directory of the C library, which is Debian's
// multiarch triplet.
func tripletOf(objects []Object) string {
	for _, o := range objects {
		if isLibc(o.Soname) && o.Kind == elfdeps.Library {
			return path.Base(path.Dir(o.Path))
		}
	}
	return ""
}

// interpreted returns a program with its interpreters.
func interpreted(o Object) interpreters.Program {
	p := interpreters.Program{Path: o.Path, RealPath: o.RealPath, Library: !isProgram(o)}
	for _, e := range o.Needed {
		if o.Kind == elfdeps.Script && e.To != nil {
			p.Interpreters = append(p.Interpreters, e.To.Path)
		}
	}
	return p
}

// withoutPlaces returns the objects without the names that are in the standard library
// of an interpreter.
func withoutPlaces(objects []owndata.Object, libraries []interpreters.Library) []owndata.Object {
	for i := range objects {
		objects[i].Names = slices.DeleteFunc(slices.Clone(objects[i].Names), func(name string) bool {
			return slices.ContainsFunc(libraries, func(l interpreters.Library) bool { return l.Has(name) })
		})
	}
	return objects
}

// data adds the own data of the programs that were selected.
func (m *maker) data() {
	var names []string
	for _, l := range m.selected.libraries {
		for _, name := range l.Core {
			names = append(names, path.Dir(name))
		}
		for _, name := range l.Starts {
			m.take(name, Addition{Program: true, Why: "a program that an interpreter starts"})
		}
		m.dataFiles(l.Files)
	}
	for _, it := range m.selected.items {
		m.dataFiles(it.Files)
	}
	for _, it := range owndata.Outermost(m.selected.items) {
		names = append(names, it.Path)
	}
	m.group.Detail = quote.Some(names)
}

// dataFiles adds files: shared objects and ELF programs with what these need, others as
// they are.
func (m *maker) dataFiles(files []string) {
	for _, name := range files {
		n := m.regular(name)
		switch {
		case isShared(path.Base(name)):
			m.plugin(name, "data of a program")
		case n != nil && n.Info.Mode()&0o111 != 0 && m.isELF(name):
			m.take(name, Addition{Program: true, Why: "a program among the data of a program"})
		default:
			m.file(name, "data of a program")
		}
	}
}

// dataChoice is the data to add, and the rest.
type dataChoice struct{ selected, rest ownData }

// chooseData returns which of d to add: what is certain and small or, if asked is set,
// everything that belongs to the programs themselves.
func chooseData(d ownData, asked bool) (c dataChoice) {
	room := int64(autoLimit)
	for _, l := range d.libraries {
		if asked || l.Size <= room {
			room -= l.Size
			c.selected.libraries = append(c.selected.libraries, l)
		} else {
			c.rest.libraries = append(c.rest.libraries, l)
		}
	}
	for _, it := range d.items {
		if it.Certain && (asked || it.Size <= room) {
			room -= it.Size
			c.selected.items = append(c.selected.items, it)
		} else {
			c.rest.items = append(c.rest.items, it)
		}
	}
	return c
}

// starts returns the programs among the data that interpreters start.
func (d ownData) starts() (list []string) {
	for _, l := range d.libraries {
		list = append(list, l.Starts...)
	}
	return list
}

// need returns the need for the data in d, nil if there are none.
func (d ownData) need() *Need {
	n := Need{
		Group: "data", Degree: Certain,
		Does: "reads its own data", Why: "the program does not find its own files",
	}
	switch {
	case len(d.libraries) > 0 && len(d.libraries[0].Files) > 0:
		n.In, n.Triggers = d.libraries[0].By, d.libraries[0].Files[:1]
	case len(d.items) > 0:
		n.In, n.Triggers = d.items[0].By, []string{d.items[0].Path}
	default:
		return nil
	}
	return &n
}

// advice returns messages about the data that are not in the image.
func (d ownData) advice(in Input) (list []Advice) {
	isThere := existsIn(in.Image)
	own, others := d.missing(isThere)
	for _, l := range d.libraries {
		if len(l.Core) == 0 || slices.ContainsFunc(l.In(in.Moved[l.By]), isThere) {
			continue
		}
		list = append(list, Advice{
			Warning: !l.Embedded, Degree: Certain,
			Text: fmt.Sprintf("%s %s without its standard library", quote.ShellWord(path.Base(l.By)), l.Fails),
			Fix:  fmt.Sprintf("add --with data (%s)", bytesize.Text(l.Size+sizeOf(own))),
		})
	}
	if len(own) > 0 && len(list) == 0 { // otherwise the same flag has been named
		list = append(list, dataAdvice(own, "--with data"))
	}
	for _, it := range others {
		list = append(list, dataAdvice([]owndata.Item{it}, "--package "+quote.ShellWord(it.Package)))
	}
	return list
}

// missing returns the items that are not in the image: those of the objects themselves,
// and one for each further package.
func (d ownData) missing(isThere func(string) bool) (own, others []owndata.Item) {
	seen := map[string]bool{}
	for _, it := range d.items {
		switch {
		case !slices.ContainsFunc(it.Files, func(name string) bool { return !isThere(name) }):
		case seen[it.Package]:
		case it.Certain:
			own = append(own, it)
		default:
			seen[it.Package] = true
			others = append(others, it)
		}
	}
	return owndata.Outermost(own), others
}

// sizeOf returns the size of items in bytes.
func sizeOf(items []owndata.Item) (size int64) {
	for _, it := range items {
		size += it.Size
	}
	return size
}

// dataAdvice returns the advice to add items with a flag.
func dataAdvice(items []owndata.Item, flag string) Advice {
	var by, names []string
	for _, it := range items {
		by = append(by, quote.ShellWord(path.Base(it.By)))
		names = append(names, quote.ShellWord(it.Path))
	}
	slices.Sort(by)
	by = slices.Compact(by)
	verb := " reads "
	if len(by) > 1 {
		verb = " read "
	}
	return Advice{
		Degree: Likely, Text: strings.Join(by, " and ") + verb + quote.Some(names),
		Fix: fmt.Sprintf("add %s (%s)", flag, bytesize.Text(sizeOf(items))),
	}
}
