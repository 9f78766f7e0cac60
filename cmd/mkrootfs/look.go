package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/show"
	"github.com/mkrootfs/mkrootfs/internal/crosscheck"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/pack"
)

// form is a form of --print.
type form struct {
	depth pack.Depth
	print func(w *bufio.Writer, p *pack.Plan, r request, isTerminal bool)
}

// forms are what --print can make of a plan.
var forms = map[string]*form{
	"tree": {pack.Loaded, func(w *bufio.Writer, p *pack.Plan, _ request, _ bool) { show.Tree(w, p) }},
	"ldd":  {pack.Loaded, func(w *bufio.Writer, p *pack.Plan, _ request, tty bool) { show.Ldd(w, p, tty) }},
	"json": {pack.Composed, func(w *bufio.Writer, p *pack.Plan, _ request, _ bool) { show.JSON(w, p) }},
	"list": {pack.Composed, printList},
}

// resolveHere resolves r to be shown: with LD_PRELOAD and LD_AUDIT, as if the
// programs were started here and now.
func resolveHere(ctx context.Context, r request, depth pack.Depth) (*pack.Plan, error) {
	env := pack.CurrentEnvironment()
	env.Preload, env.Audit = os.Getenv("LD_PRELOAD"), os.Getenv("LD_AUDIT")
	if r.look.print == "json" && len(r.spec.Groups.With) == 0 {
		// Its form is that of the loader's answer, which knows no groups.
		r.spec.Groups, r.spec.Dlopen = pack.Groups{With: []string{"none"}}, "none"
	}
	return pack.Resolve(ctx, r.spec, pack.Options{Environment: env, Depth: depth})
}

// printPlan prints and writes nothing. What is missing is printed in its place and makes
// the run fail all the same.
func printPlan(ctx context.Context, r request, stdout io.Writer) error {
	isTerminal := isTerminal(stdout)
	if r.look.print0 && isTerminal {
		return usage("--print0: stdout is a terminal",
			"redirect stdout, or leave out --print0")
	}
	depth := pack.Composed
	if r.look.print != "" {
		depth = forms[r.look.print].depth
	}
	plan, err := resolveHere(ctx, r, depth)
	if plan == nil || ctx.Err() != nil {
		return err
	}
	w := bufio.NewWriter(stdout)
	if r.look.why != "" {
		if err := printWhy(w, plan, r.look.why); err != nil {
			return err
		}
	} else {
		forms[r.look.print].print(w, plan, r, isTerminal)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return err
}

// printList prints every path of the tree: as it is with a NUL behind it, as the
// account of a build has it with --verbose, else a line each, which a terminal gets
// as quote.Printable returns it.
func printList(w *bufio.Writer, p *pack.Plan, r request, isTerminal bool) {
	for _, e := range p.Tree.Entries() {
		switch {
		case r.look.print0:
			fmt.Fprintf(w, "%s\x00", e.Path)
		case r.talk.verbose:
			printLine(w, entryLine(e))
		case isTerminal:
			printLine(w, e.Path)
		default:
			fmt.Fprintln(w, e.Path)
		}
	}
}

// printLine prints a line for people: it stays one line, whatever the names in it.
// An error of w is met again when it is flushed.
func printLine(w *bufio.Writer, text string) { _, _ = fmt.Fprintln(w, quote.Printable(text)) }

// printWhy prints each chain of reasons for the files called name, a step a line.
func printWhy(w *bufio.Writer, p *pack.Plan, name string) error {
	chains, err := p.Why(name)
	if err != nil {
		return err
	}
	for _, chain := range chains {
		first := chain[0]
		switch {
		case isProgram(p, first.Path) && len(chain) > 1:
			printLine(w, first.Path)
		case isProgram(p, first.Path):
			printLine(w, first.Path+": named on the command line")
		case first.Cause == pack.Predicted:
			printLine(w, fmt.Sprintf("%s  by %s: %s", first.Path, first, first.Evidence()))
		default:
			printLine(w, fmt.Sprintf("%s  by %s", first.Path, first))
		}
		for i, r := range chain[1:] {
			printLine(w, strings.Repeat("  ", i+1)+r.Step())
		}
	}
	return nil
}

// isProgram reports whether a path of the source is that of a program.
func isProgram(p *pack.Plan, name string) bool {
	return slices.ContainsFunc(p.Programs, func(prog pack.Program) bool { return prog.Src == name })
}

// printAndCrossCheck asks the system's own loader too, after anything that is to be
// printed, and returns an error for each difference.
func printAndCrossCheck(ctx context.Context, r request, out io.Writer) error {
	if r.look.print == "" && r.look.why == "" {
		return crossCheck(ctx, r, out)
	}
	return errors.Join(printPlan(ctx, r, out), crossCheck(ctx, r, io.Discard))
}

// crossCheck says on out where the two answers agree.
func crossCheck(ctx context.Context, r request, out io.Writer) error {
	plan, err := resolveHere(ctx, r, pack.Loaded)
	if plan == nil {
		return err
	}
	c := crosscheck.Check{Search: plan.Resolver(), Force: r.look.crossCheck == "force"}
	var errs []error
	for _, prog := range plan.Programs {
		same, err := c.Program(ctx, prog.Src)
		errs = append(errs, err)
		for _, s := range same {
			if _, err := fmt.Fprintln(out, quote.Printable(s)); err != nil {
				errs = append(errs, fmt.Errorf("stdout: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}
