package doctor

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// helper is a program that another program or script of the image starts.
type helper struct {
	start
	by     *Object // what starts it
	script bool    // by is a shell script
	config bool    // by is a configuration file
	path   string  // in the source
	inPath bool    // PATH leads to it by its base name
	absent bool    // the image does not have it
}

// helpers are the helpers of the programs of an image.
type helpers struct {
	list []helper
	// shell is the need for /bin/sh, nil if there is none. It is a group of its own.
	shell *Need
	// started are the paths of the helpers in the image that are not objects of it.
	started []string
	// wrappers are the scripts that only start another program.
	wrappers []wrapper
}

// findHelpers returns the programs that the programs of the image start, and those that
// these start in turn if they are in the image.
func (d *Doctor) findHelpers(ctx context.Context, in Input) (helpers, error) {
	f := helperSearch{
		Doctor: d, source: newProgramFinder(d.root, in.Env), objects: map[string]*Object{},
		seen: map[string]bool{},
	}
	if in.Image != nil {
		f.image = newProgramFinder(sysroot.New(in.Image), in.Env)
	}
	for i := range in.Objects {
		f.objects[in.Objects[i].RealPath] = &in.Objects[i]
	}
	for i := range in.Objects {
		f.objects[in.Objects[i].Path] = &in.Objects[i]
	}
	for queue := slices.Clone(in.Programs); len(queue) > 0; queue = queue[1:] {
		o := f.objects[queue[0]]
		if o == nil || !isProgram(*o) || f.seen[o.Path] {
			continue
		}
		f.seen[o.Path] = true
		before := len(f.found.list)
		if err := f.of(ctx, o); err != nil {
			return f.found, err
		}
		for _, h := range f.found.list[before:] {
			queue = append(queue, h.path)
		}
	}
	f.ofConfigs(in)
	return f.found, nil
}

// helperSearch is the state of findHelpers.
type helperSearch struct {
	*Doctor
	source, image programFinder
	shells        map[string]bool    // the login shells, by their real paths; nil until they are read
	objects       map[string]*Object // by path and by real path
	seen          map[string]bool    // the paths of the starters
	found         helpers
}

// of adds the helpers of o.
func (f *helperSearch) of(ctx context.Context, o *Object) error {
	all, err := f.startsOf(ctx, *o, f.source)
	if err != nil {
		return err
	}
	if w, ok := f.wrapper(o, all); ok {
		f.found.wrappers = append(f.found.wrappers, w)
	}
	own := map[string]bool{o.RealPath: true} // the real paths of its helpers
	for _, s := range all.commands {
		h := helper{start: s, by: o, script: all.script}
		n := f.locate(&h)
		if n == nil || own[n.Real] {
			continue
		}
		own[n.Real] = true
		if f.isShell(h, n.Real) {
			continue
		}
		f.found.list = append(f.found.list, h)
		if s.line != "" {
			f.needShell(h, Certain)
		}
	}
	return nil
}

// locate finds h in the source and in the image. It returns nil if the source does not
// have it.
func (f *helperSearch) locate(h *helper) *sysroot.Node {
	at, n := f.source.find(h.name)
	if n == nil {
		return nil
	}
	h.path, h.absent = at, !f.has(*h)
	_, same := f.source.find(path.Base(at))
	h.inPath = same != nil && same.Real == n.Real
	return n
}

// has reports whether the image has h. A file that is not yet among the objects is noted.
func (f *helperSearch) has(h helper) bool {
	if f.image.root == nil {
		return false
	}
	at, n := f.image.find(h.name)
	if n == nil {
		return false
	}
	isObject := f.objects[at] != nil || f.objects[n.Real] != nil
	if !isObject && !h.optional && !slices.Contains(f.found.started, at) {
		f.found.started = append(f.found.started, at)
	}
	return true
}

// isShell reports whether h is the shell, which belongs to group shell: /bin/sh, and for a
// string in an ELF file any login shell, of which such a program starts the user's own.
func (f *helperSearch) isShell(h helper, real string) bool {
	isSh := path.Base(h.name) == "sh"
	if !isSh && (h.script || h.line != "") {
		return false
	}
	if f.shells == nil {
		f.shells = loginShells(f.root)
	}
	if !isSh && !f.shells[real] {
		return false
	}
	switch {
	case h.optional:
	case h.certain || h.line != "":
		f.needShell(h, Certain)
	case isSh:
		f.needShell(h, Likely)
	}
	return true
}

// needShell adds the need of h.by for /bin/sh.
func (f *helperSearch) needShell(h helper, d Degree) {
	if have := f.found.shell; have != nil && have.Degree >= d {
		return
	}
	evidence := h.line
	if evidence == "" {
		evidence = h.name
	}
	f.found.shell = &Need{
		Group: "shell", Triggers: []string{evidence}, In: h.by.Path, Soname: h.by.Soname, Degree: d,
		Does: "starts commands through a shell", Why: "commands cannot be started through a shell",
	}
}

// loginShells returns the real paths of the programs in /etc/shells (shells(5)).
func loginShells(root *sysroot.Root) map[string]bool {
	found := map[string]bool{}
	text, err := bounded.ReadFile(root, "/etc/shells", bounded.Config)
	if err != nil {
		return found // only shells with another name than sh are not known then
	}
	for name := range strings.FieldsSeq(string(text)) {
		if n, err := root.Walk(name); path.IsAbs(name) && err == nil {
			found[n.Real] = true
		}
	}
	return found
}

// adviseHelpers returns the helpers of the programs in in. It adds the advice about them to
// found, and replaces the need for group shell by that of the helpers if it is more certain.
func (d *Doctor) adviseHelpers(
	ctx context.Context, in Input, needs map[string]*Need, found *Findings,
) (helpers, error) {
	h, err := d.findHelpers(ctx, in)
	found.Started = h.started
	if err != nil || !in.Groups.Auto {
		return h, err
	}
	if h.shell != nil && (needs["shell"] == nil || needs["shell"].Degree < h.shell.Degree) {
		needs["shell"] = h.shell
	}
	if !slices.Contains(in.Groups.Without, "helpers") {
		found.Advice = append(found.Advice, h.advice(slices.Contains(in.Groups.With, "helpers"))...)
	}
	return h, nil
}

// withObjects returns in with other objects.
func withObjects(in Input, objects []Object) Input {
	in.Objects = objects
	return in
}

// helpers adds the programs that the programs of the image start, except those that are
// optional.
func (m *maker) helpers() {
	for _, h := range m.started.list {
		if !h.optional {
			m.take(h.path, Addition{Program: true, Why: "started by " + path.Base(h.by.Path)})
		}
	}
}
