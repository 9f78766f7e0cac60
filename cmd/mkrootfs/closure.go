package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

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
		if prog.dest == path.Clean(prog.src) {
			stays[prog.src] = true
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
		errs = append(errs, p.tree.AddFrom(p.src.root, absolute(p.src.dir, name)))
	}
	return errors.Join(errs...)
}

// move places a program that does not keep its path, with the libraries that
// it finds by $ORIGIN if the rule of places moved it, and returns the paths that
// went along.
func (p *packing) move(prog program) ([]string, error) {
	unit, err := p.unitOf(prog)
	if err != nil {
		return nil, err
	}
	if len(unit) == 1 || !prog.byRule {
		return []string{prog.src}, p.tree.Install(p.src.root, prog.src, prog.dest, rootfs.CopyOptions{Claim: prog.arg})
	}
	return unit, p.moveUnit(prog, unit)
}

// unitOf returns the paths that belong together: the program, and, from it on,
// each library that one of them found by a search element with $ORIGIN and that
// lies outside the system directories, which stay where they are.
func (p *packing) unitOf(prog program) ([]string, error) {
	main := p.object(prog.src)
	if main == nil {
		return nil, fmt.Errorf("%s: has no place in its own closure", prog.src)
	}
	unit := []string{prog.src}
	in := map[*elfdeps.Object]bool{main: true}
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Needed {
			if e.To == nil || !strings.Contains(e.Element, "ORIGIN") || keepsPath(e.To.RealPath) {
				continue
			}
			if !contains(unit, e.Path) {
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

// object returns the object that the closure has for a path.
func (p *packing) object(name string) *elfdeps.Object {
	for _, o := range p.closure.Objects {
		if o.Path == name {
			return o
		}
	}
	return nil
}

// moveUnit carries a unit to /opt/NAME, the places of its files relative to
// each other kept, with a link to the program at its destination.
func (p *packing) moveUnit(prog program, unit []string) error {
	type step struct{ real, link, text string }
	var steps []step
	var places []string
	home := ""
	for i, name := range unit {
		n, err := p.src.root.Walk(absolute(p.src.dir, name))
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
	to := "/opt/" + path.Base(prog.dest)
	moved := func(at string) string { return to + strings.TrimPrefix(at, strings.TrimSuffix(top, "/")) }
	for _, s := range steps {
		if s.link == "" {
			if err := p.tree.Install(p.src.root, s.real, moved(s.real), rootfs.CopyOptions{Claim: prog.arg}); err != nil {
				return err
			}
			continue
		}
		text := s.text
		if path.IsAbs(text) && strings.HasPrefix(text, strings.TrimSuffix(top, "/")+"/") {
			text = moved(text)
		}
		if err := p.tree.AddLink(moved(s.link), text, prog.arg); err != nil {
			return err
		}
	}
	return p.tree.AddLink(prog.dest, moved(home), prog.arg)
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
	from, name := p.src.file(c.src)
	o := rootfs.CopyOptions{Mode: c.mode, Claim: "--copy " + c.src}
	if c.owner != "" {
		who, err := p.src.owner("copy", c.owner)
		if err != nil {
			return err
		}
		o.UID, o.GID = &who.UID, &who.GID
	}
	copied, err := p.tree.Copy(from, name, c.dst, o)
	if err != nil {
		return copyError(c.src, err)
	}
	n, err := from.Walk(name)
	if err != nil {
		return err
	}
	for _, f := range copied {
		p.copied = append(p.copied, f.Path)
		if from == p.src.root && isConfig(f.Path) {
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
