package doctor

import (
	"context"
	"path"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/doctor/internal/spawn"
	"github.com/mkrootfs/mkrootfs/internal/shellscript"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// startsOf returns the programs that an object starts. It reads the object once.
func (d *Doctor) startsOf(ctx context.Context, o Object, p programFinder) (*starts, error) {
	if known := d.starts[o.Object]; known != nil {
		return known, nil
	}
	find := d.startsOfELF
	if o.Kind == elfdeps.Script {
		find = startsOfScript
	}
	found, err := find(ctx, o, p)
	if err != nil {
		return nil, err
	}
	d.starts[o.Object] = found
	return found, nil
}

// startsOfELF returns the programs that the strings of a program name.
func (d *Doctor) startsOfELF(ctx context.Context, o Object, p programFinder) (*starts, error) {
	imports, err := o.imports(ctx)
	if err != nil {
		return nil, err
	}
	literals := func(yield func([]byte) bool) error { return d.literals.each(ctx, o, yield) }
	means := spawn.MeansOf(imports)
	list, err := spawn.Find(means, literals, p.has)
	found := &starts{}
	for _, s := range list {
		found.commands = append(found.commands, start{name: s.Name, line: s.Line, optional: s.Optional})
	}
	if err != nil || !means.Search {
		return found, err
	}
	words, err := d.relatedWords(ctx, o, p)
	found.commands = append(found.commands, words...)
	return found, err
}

// maxShellScript is the maximum number of bytes of a shell script that are parsed.
const maxShellScript = 256 << 10

// startsOfScript returns the commands of a shell script. A script for another interpreter
// starts nothing that is known.
func startsOfScript(_ context.Context, o Object, _ programFinder) (*starts, error) {
	found := &starts{}
	if !isShellScript(o) || o.In.FS == nil {
		return found, nil
	}
	root := sysroot.New(o.In.FS)
	n, err := root.Walk(o.Path)
	if err != nil {
		return nil, err
	}
	text, err := readHead(root, n, maxShellScript)
	if err != nil {
		return nil, err
	}
	script := shellscript.ParseFile(o.Path, string(text))
	found.script, found.last = true, script.Last
	for _, c := range script.Commands {
		found.commands = append(found.commands, start{name: c.Name, optional: c.Optional, certain: c.Certain})
	}
	return found, nil
}

// isShellScript reports whether the interpreter of a script, or what env starts for it, is
// a shell whose language package shellscript parses.
func isShellScript(o Object) bool {
	interpreter := o.Interp
	for _, e := range o.Needed {
		interpreter = e.Name // the last one is the argument of env
	}
	return shellscript.IsShell(path.Base(interpreter))
}
