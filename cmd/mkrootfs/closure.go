package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// addClosure puts the programs and everything that the loader opens for them
// into the tree, at their own paths but for what moves.
func (p *packing) addClosure(context.Context) error {
	stays := map[string]bool{}
	moves := map[string]bool{}
	var errs []error
	for _, prog := range p.programs {
		if prog.Dest == path.Clean(prog.Src) {
			stays[prog.Src] = true
			continue
		}
		unit, err := p.move(prog)
		errs = append(errs, err)
		for _, name := range unit {
			moves[name] = true
		}
	}
	p.moved = map[string]bool{}
	for name := range moves {
		p.moved[name] = !stays[name]
	}
	for _, name := range p.closure.Opened {
		if moves[name] && !stays[name] || p.later(name) {
			continue
		}
		errs = append(errs, p.tree.AddFrom(p.src.Root, source.Absolute(p.src.Dir, name), rootfs.CopyOptions{}))
	}
	return errors.Join(errs...)
}

// move places a program that does not keep its path, with the libraries that
// it finds by $ORIGIN if the rule of places moved it, and returns the paths that
// went along.
func (p *packing) move(prog source.Program) ([]string, error) {
	unit, err := p.unitOf(prog)
	if err != nil {
		return nil, err
	}
	if len(unit) == 1 || !prog.ByRule {
		return []string{prog.Src}, p.tree.AddFrom(p.src.Root, prog.Src, rootfs.CopyOptions{Dest: prog.Dest, Claim: prog.Arg})
	}
	return unit, p.moveUnit(prog, unit)
}

// unitOf returns the paths that belong together: the program, and, from it on,
// each library that one of them found by a search element with $ORIGIN and that
// lies outside the system directories, which stay where they are.
func (p *packing) unitOf(prog source.Program) ([]string, error) {
	main := p.closure.Object(prog.Src)
	if main == nil {
		return nil, fmt.Errorf("%s: has no place in its own closure", prog.Src)
	}
	unit := []string{prog.Src}
	in := map[*elfdeps.Object]bool{main: true}
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Needed {
			if e.To == nil || !strings.Contains(e.Element, "ORIGIN") || source.KeepsPath(e.To.RealPath) {
				continue
			}
			if !slices.Contains(unit, e.Path) {
				unit = append(unit, e.Path)
			}
			if !in[e.To] {
				in[e.To] = true
				queue = append(queue, e.To)
			}
		}
	}
	return unit, nil
}

// moveUnit carries a unit to /opt/NAME, the places of its files relative to
// each other kept, with a link to the program at its destination.
func (p *packing) moveUnit(prog source.Program, unit []string) error {
	type step struct{ real, link, text string }
	var steps []step
	var places []string
	home := ""
	for i, name := range unit {
		n, err := p.src.Root.Walk(source.Absolute(p.src.Dir, name))
		if err != nil {
			return err
		}
		if i == 0 {
			home = n.Real
		} else {
			for _, l := range n.Links() {
				steps = append(steps, step{link: l.Path, text: l.Target})
				places = append(places, l.Path)
			}
		}
		steps = append(steps, step{real: n.Real})
		places = append(places, n.Real)
	}
	top := commonDir(places)
	to := "/opt/" + path.Base(prog.Dest)
	moved := func(at string) string { return to + strings.TrimPrefix(at, strings.TrimSuffix(top, "/")) }
	for _, s := range steps {
		if s.link == "" {
			if err := p.tree.AddFrom(p.src.Root, s.real, rootfs.CopyOptions{Dest: moved(s.real), Claim: prog.Arg}); err != nil {
				return err
			}
			continue
		}
		text := s.text
		if path.IsAbs(text) && strings.HasPrefix(text, strings.TrimSuffix(top, "/")+"/") {
			text = moved(text)
		}
		if err := p.tree.Add(rootfs.Entry{Path: moved(s.link), Mode: fs.ModeSymlink, Linkname: text, Claim: prog.Arg}); err != nil {
			return err
		}
	}
	return p.tree.Add(rootfs.Entry{Path: prog.Dest, Mode: fs.ModeSymlink, Linkname: moved(home), Claim: prog.Arg})
}

// commonDir returns the deepest directory that holds all paths.
func commonDir(paths []string) string {
	dir := path.Dir(paths[0])
	for _, p := range paths[1:] {
		for dir != "/" && !strings.HasPrefix(p, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

// addCopies copies what --copy names, and the closures of the ELF files in it.
func (p *packing) addCopies(ctx context.Context) error {
	var errs []error
	for _, c := range p.copies {
		errs = append(errs, p.addCopy(ctx, c))
	}
	return errors.Join(errs...)
}

func (p *packing) addCopy(ctx context.Context, c copySpec) error {
	from, name := p.src.File(c.src)
	o := rootfs.CopyOptions{Dest: c.dst, Mode: c.mode, Claim: "--copy " + c.src}
	if c.owner != "" {
		who, err := ownerOf(p.src, "copy", c.owner)
		if err != nil {
			return err
		}
		o.UID, o.GID = &who.UID, &who.GID
	}
	copied, err := p.tree.Copy(ctx, from, name, o)
	if err != nil {
		return copyError(c.src, err)
	}
	n, err := from.Walk(name)
	if err != nil {
		return err
	}
	for _, f := range copied {
		p.copied = append(p.copied, f.Path)
		if from == p.src.Root && isConfig(f.Path) {
			p.configs = append(p.configs, f.Source)
		}
		if n.Info.IsDir() {
			p.inTrees = append(p.inTrees, f.Path)
		} else {
			p.plugins = append(p.plugins, f.Path)
		}
	}
	return ctx.Err()
}

// isConfig tells by its name whether a file is a configuration file, which
// groups look into for the accounts and modules that it names.
func isConfig(name string) bool {
	switch path.Ext(name) {
	case ".conf", ".cnf", ".cfg", ".ini":
		return true
	}
	return strings.HasPrefix(name, "/etc/")
}
