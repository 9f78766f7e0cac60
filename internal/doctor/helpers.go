package doctor

import (
	"context"
	"path"
	"slices"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

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

// helpers adds the programs that the programs of the image start, except those that are
// optional.
func (m *maker) helpers() {
	for _, h := range m.started.list {
		if !h.optional {
			m.take(h.path, Addition{Program: true, Why: "started by " + path.Base(h.by.Path)})
		}
	}
}
