package main

import (
	"bufio"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps"
)

// forms are what --print can make of a closure.
var forms = map[string]func(*packing, *bufio.Writer) error{
	"json": (*packing).printJSON,
	"ldd":  (*packing).printLdd,
	"list": (*packing).printList,
	"tree": (*packing).printTree,
}

func formNames() []string { return []string{"tree", "ldd", "json", "list"} }

// look resolves, prints and writes nothing. What is missing is printed in its
// place and makes the run fail all the same.
func look(ctx context.Context, r *request, stdout io.Writer) error {
	src, err := newSource(r.sysroot)
	if err != nil {
		return err
	}
	p := newPacking(r, src)
	// Looking answers for a start from here and now.
	p.resolver.Preload, p.resolver.Audit = os.Getenv("LD_PRELOAD"), os.Getenv("LD_AUDIT")
	if err := p.findPrograms(ctx); err != nil {
		return err
	}
	found := p.resolve(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, step := range p.lookSteps() {
		if err := step(ctx); err != nil && found == nil {
			return err
		}
	}
	w := bufio.NewWriter(stdout)
	if r.why != "" {
		err = p.printWhy(w, r.why)
	} else {
		err = forms[r.print](p, w)
	}
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return p.nameProviders(found)
}

// lookSteps are what of compose a form needs: nothing for those that show the
// closure alone, the tree for json, and for list and --why also what --with and
// --dlopen add, which json, whose form is that of the loader's answer, has only
// when they are given.
func (p *packing) lookSteps() []func(context.Context) error {
	var steps []func(context.Context) error
	if p.print == "json" || p.print == "list" || p.why != "" || len(p.copies)+len(p.packages) > 0 {
		steps = append(steps, p.addClosure, p.addCopies, p.addConf, p.addPackages, p.addPlugins, p.addDirs)
	}
	if p.print == "list" || p.why != "" || len(p.with) > 0 {
		steps = append(steps, p.addDeclared, p.addNeeds, p.addConfDirs)
	}
	if p.print == "json" || p.print == "list" {
		steps = append(steps, p.foreseeLoaderFiles)
	}
	return steps
}

// printList prints every path of the tree.
func (p *packing) printList(w *bufio.Writer) error {
	for _, e := range p.tree.Entries() {
		fmt.Fprintln(w, e.Path)
	}
	return nil
}

// printLdd prints what ldd prints, without the addresses, which say nothing of
// a program that has not been started, and without the kernel's vdso.
func (p *packing) printLdd(w *bufio.Writer) error {
	for _, prog := range p.programs {
		if len(p.programs) > 1 {
			fmt.Fprintf(w, "%s:\n", prog.src)
		}
		o := p.object(p.src.abs(prog.src))
		switch {
		case o == nil || o.Interp == "" && o.Type == elf.ET_EXEC:
			fmt.Fprintln(w, "\tnot a dynamic executable")
		case len(o.Needed) == 0:
			fmt.Fprintln(w, "\tstatically linked")
		default:
			p.lddLines(w, o)
		}
	}
	return nil
}

// lddLines prints the libraries of one program in load order, breadth first,
// each name once, the interpreter where it is first needed.
func (p *packing) lddLines(w *bufio.Writer, main *elfdeps.Object) {
	seen := map[*elfdeps.Object]bool{main: true}
	names := map[string]bool{}
	for queue := []*elfdeps.Object{main}; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Needed {
			if names[e.Name] {
				continue
			}
			names[e.Name] = true
			switch {
			case e.To == nil && e.Path == "" && e.Rule == "":
				fmt.Fprintf(w, "\t%s => not found\n", e.Name)
				continue
			case e.To == nil:
				continue
			case seen[e.To]:
				continue
			case e.To.Kind == elfdeps.Interpreter:
				fmt.Fprintf(w, "\t%s\n", e.To.Path)
			case e.Name == e.Path:
				fmt.Fprintf(w, "\t%s\n", e.Path)
			default:
				fmt.Fprintf(w, "\t%s => %s\n", e.Name, e.Path)
			}
			seen[e.To] = true
			queue = append(queue, e.To)
		}
	}
	// The loader is in the list also when nothing but the kernel asks for it.
	if i := p.object(p.src.abs(main.Interp)); main.Interp != "" && i != nil && !seen[i] {
		fmt.Fprintf(w, "\t%s\n", main.Interp)
	}
}

// printTree prints who needs whom, each file's own needs once.
func (p *packing) printTree(w *bufio.Writer) error {
	shown := map[*elfdeps.Object]bool{}
	for _, prog := range p.programs {
		o := p.object(p.src.abs(prog.src))
		if o == nil {
			continue
		}
		fmt.Fprintf(w, "%s%s  %s\n", o.Path, linkText(o), size(o.Size))
		if o.Interp != "" {
			fmt.Fprintf(w, "%s %s\n", branch(len(o.Needed) == 0), interpText(p, o))
		}
		p.treeBranches(w, o, "", shown)
	}
	return nil
}

func interpText(p *packing, o *elfdeps.Object) string {
	if i := p.object(p.src.abs(o.Interp)); i != nil {
		return fmt.Sprintf("%s%s  %s  [interpreter]", o.Interp, linkText(i), size(i.Size))
	}
	return o.Interp + "  not found  [interpreter]"
}

func linkText(o *elfdeps.Object) string {
	if o.RealPath != "" && o.RealPath != o.Path {
		return " -> " + o.RealPath
	}
	return ""
}

func branch(last bool) string {
	if last {
		return "└──"
	}
	return "├──"
}

func (p *packing) treeBranches(w *bufio.Writer, o *elfdeps.Object, indent string, shown map[*elfdeps.Object]bool) {
	if shown[o] {
		return
	}
	shown[o] = true
	for i, e := range o.Needed {
		last := i == len(o.Needed)-1
		fmt.Fprintf(w, "%s%s %s\n", indent, branch(last), edgeText(e, shown))
		if e.To == nil || e.To.Kind == elfdeps.Interpreter {
			continue
		}
		deeper := indent + "│   "
		if last {
			deeper = indent + "    "
		}
		p.treeBranches(w, e.To, deeper, shown)
	}
}

func edgeText(e elfdeps.Edge, shown map[*elfdeps.Object]bool) string {
	switch {
	case e.To == nil && e.Rule == "":
		return e.Name + "  not found"
	case e.To == nil:
		return e.Name + "  [kernel]"
	}
	text := fmt.Sprintf("%s => %s", e.Name, e.Path)
	if shown[e.To] {
		return text + "  (above)"
	}
	return fmt.Sprintf("%s  %s  [%s]", text, size(e.To.Size), e.Rule)
}

// printWhy prints each chain from a program to the files called name, which is
// a soname, a base name or a path, with the rule and the place of each step.
func (p *packing) printWhy(w *bufio.Writer, name string) error {
	found := false
	for _, prog := range p.programs {
		if main := p.object(p.src.abs(prog.src)); main != nil {
			found = p.whyFrom(w, main, name) || found
		}
	}
	for _, e := range p.tree.Entries() {
		if !found && e.Claim != "" && (e.Path == name || baseOf(e.Path) == name) {
			fmt.Fprintf(w, "%s  by %s%s\n", e.Path, e.Claim, p.groupReason(e.Claim))
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
		hint = "did you mean " + near + "?"
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
		fmt.Fprintf(w, "%s: named on the command line\n", main.Path)
		found = true
	}
	if main.Interp != "" && baseOf(main.Interp) == baseOf(name) {
		fmt.Fprintf(w, "%s\n  %s  interpreter of %s\n", main.Path, main.Interp, main.Path)
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
				fmt.Fprintln(w, main.Path)
				for i, s := range chain {
					fmt.Fprintf(w, "%s%s\n", strings.Repeat("  ", i+1), whyText(s.edge))
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

// abs is the absolute path of a name, as the closure has it.
func (s *source) abs(name string) string { return absolute(s.dir, name) }
