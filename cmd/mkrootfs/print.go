package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/tell"
	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// forms are what --print can make of a closure.
var forms = map[string]func(*packing, *bufio.Writer){
	"json": func(p *packing, w *bufio.Writer) { p.view().JSON(w, p.places) },
	"ldd":  func(p *packing, w *bufio.Writer) { p.view().Ldd(w) },
	"list": (*packing).printList,
	"tree": func(p *packing, w *bufio.Writer) { p.view().Tree(w) },
}

func formNames() []string { return []string{"tree", "ldd", "json", "list"} }

// look resolves, prints and writes nothing. What is missing is printed in its
// place and makes the run fail all the same.
func look(ctx context.Context, r *request, stdout io.Writer) error {
	if r.print0 && isTerminal(stdout) {
		return usage("stdout is a terminal, which cannot take names that end with NUL", "redirect it, or leave out --print0")
	}
	p, err := startHere(ctx, r)
	if err != nil {
		return err
	}
	p.terminal = tell.IsTerminal(stdout)
	found := p.resolve(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := p.settlePlaces(ctx, found); err != nil {
		return err
	}
	w := bufio.NewWriter(stdout)
	if r.why == "" {
		forms[r.print](p, w)
	} else if err := p.printWhy(w, r.why); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return p.nameProviders(ctx, found)
}

// startHere finds the programs, which are looked at as if they were started here
// and now.
func startHere(ctx context.Context, r *request) (*packing, error) {
	src, err := source.Open(r.sysroot)
	if err != nil {
		return nil, err
	}
	p := newPacking(r, src)
	p.resolver = src.LiveResolver(r.libraryPath)
	return p, p.findPrograms(ctx)
}

// settlePlaces composes what of the tree a form needs, as far as it can be when
// found is the error for missing libraries.
func (p *packing) settlePlaces(ctx context.Context, found error) error {
	if p.print == "json" && len(p.copies)+len(p.conf)+len(p.packages)+len(p.mkdirs)+len(p.with) == 0 && p.workdir == "" {
		var ok bool
		if p.places, ok = p.view().Places(ctx, p.resolver); ok {
			return nil
		}
	}
	for _, step := range p.lookSteps() {
		if err := step(ctx); err != nil && found == nil {
			return err
		}
	}
	if p.print == "json" {
		for _, e := range p.tree.Entries() {
			p.places = append(p.places, sysroot.Place{Path: e.Path, Link: e.Linkname})
		}
	}
	return nil
}

// lookSteps are what of compose a form needs: nothing for those that show the
// closure alone, the tree for json where its places have to be composed, and for
// list and --why also what --with and --dlopen add, which json, whose form is
// that of the loader's answer, has only when they are given.
func (p *packing) lookSteps() []func(context.Context) error {
	var steps []func(context.Context) error
	if p.print == "json" || p.print == "list" || p.why != "" || len(p.copies)+len(p.packages) > 0 {
		steps = append(steps, p.addClosure, p.addCopies, p.addConf, p.addPackages, p.addPlugins, p.addDirs)
	}
	if p.print == "list" || p.why != "" || len(p.with) > 0 {
		steps = append(steps, p.addDeclared, p.addNeeds, p.addConfDirs)
	}
	if p.print == "json" || p.print == "list" || p.why != "" {
		steps = append(steps, p.foreseeLoaderFiles)
	}
	return steps
}

// printList prints every path of the tree: as it is with a NUL behind it, as
// the account of a build shows it with --verbose, else a line each, which a
// terminal gets as tell.Printable has it.
func (p *packing) printList(w *bufio.Writer) {
	for _, e := range p.tree.Entries() {
		switch {
		case p.print0:
			fmt.Fprintf(w, "%s\x00", e.Path)
		case p.verbose:
			printLine(w, "%s", entryLine(e))
		case p.terminal:
			fmt.Fprintln(w, tell.Printable(e.Path))
		default:
			fmt.Fprintln(w, e.Path)
		}
	}
}

// view is the closure for the forms that show it.
func (p *packing) view() *show.View {
	return &show.View{Source: p.src, Programs: p.programs, Closure: p.closure, Terminal: p.terminal}
}

// printLine prints a line that is for people: it stays one, whatever the names
// in it. An error of w is met again when it is flushed.
func printLine(w *bufio.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, tell.Printable(fmt.Sprintf(format, args...)))
}

// printWhy prints each chain from a program to the files called name, which is
// a soname, a base name or a path, with the rule and the place of each step.
func (p *packing) printWhy(w *bufio.Writer, name string) error {
	found := false
	for _, prog := range p.programs {
		if main := p.closure.Object(p.src.Abs(prog.Src)); main != nil {
			found = p.whyFrom(w, main, name) || found
		}
	}
	for _, e := range p.tree.Entries() {
		if !found && e.Claim != "" && (e.Path == name || baseOf(e.Path) == name) {
			printLine(w, "%s  by %s%s", e.Path, e.Claim, p.groupReason(e.Claim))
			found = true
		}
	}
	if found {
		return nil
	}
	var names []string
	for _, o := range p.closure.Objects {
		names = append(names, baseOf(o.Path))
	}
	hint := "--print list shows every path"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + shellWord(near) + "?"
	}
	return withHint(fmt.Errorf("%s: nothing of that name goes in", name), hint)
}

// groupReason says what asked for the group that claims a file.
func (p *packing) groupReason(claim string) string {
	for _, b := range p.brought {
		if claim == "--with "+b.plan.Group {
			return ": " + b.because()
		}
	}
	return ""
}

// whyFrom prints the chains of one program; a file is passed through once in
// each, so that a closure with many ways to libc stays readable: of all ways on
// from a file only the first is followed, but each that ends there is shown.
func (p *packing) whyFrom(w *bufio.Writer, main *elfdeps.Object, name string) bool {
	type step struct {
		from *elfdeps.Object
		edge elfdeps.Edge
	}
	came := map[*elfdeps.Object]*step{main: nil}
	found := false
	if isCalled(main.Path, main.RealPath, main.Soname, name) {
		printLine(w, "%s: named on the command line", main.Path)
		found = true
	}
	if main.Interp != "" && baseOf(main.Interp) == baseOf(name) {
		printLine(w, "%s", main.Path)
		printLine(w, "  %s  interpreter of %s", main.Interp, main.Path)
		found = true
	}
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, e := range from.Needed {
			target := e.To
			if hit := e.Name == name || target != nil && isCalled(e.Path, target.RealPath, target.Soname, name); hit {
				found = true
				chain := []step{{from, e}}
				for at := came[from]; at != nil; at = came[at.from] {
					chain = append(chain, *at)
				}
				slices.Reverse(chain)
				printLine(w, "%s", main.Path)
				for i, s := range chain {
					printLine(w, "%s%s", strings.Repeat("  ", i+1), whyText(s.edge))
				}
			}
			if target != nil {
				if _, seen := came[target]; !seen {
					came[target] = &step{from, e}
					queue = append(queue, target)
				}
			}
		}
	}
	return found
}

func whyText(e elfdeps.Edge) string {
	switch {
	case e.To == nil:
		return e.Name + "  not found"
	case len(e.Element) > 1:
		return fmt.Sprintf("%s => %s  by %s %s", e.Name, e.Path, e.Rule, strings.TrimSuffix(e.Element, "/"))
	}
	return fmt.Sprintf("%s => %s  by %s", e.Name, e.Path, e.Rule)
}

func isCalled(path, real, soname, name string) bool {
	return name == path || name == real || name == soname || name == baseOf(path) || name == baseOf(real)
}

func baseOf(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
