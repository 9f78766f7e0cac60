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

// form is a value of --print.
type form struct {
	depth pack.Depth
	print func(w *bufio.Writer, p *pack.Plan, r request, onTerminal bool)
}

// forms are the values of --print by name; formNames has their order.
var forms = map[string]*form{
	"tree": {pack.Loaded, func(w *bufio.Writer, p *pack.Plan, _ request, _ bool) { show.Tree(w, p) }},
	"ldd":  {pack.Loaded, func(w *bufio.Writer, p *pack.Plan, _ request, tty bool) { show.Ldd(w, p, tty) }},
	"json": {pack.Composed, func(w *bufio.Writer, p *pack.Plan, _ request, _ bool) { show.JSON(w, p) }},
	"list": {pack.Composed, printList},
}

// resolveToPrint resolves r with LD_PRELOAD and LD_AUDIT, as if the programs were
// started by this process.
func resolveToPrint(ctx context.Context, r request, depth pack.Depth) (*pack.Plan, error) {
	env := pack.CurrentEnvironment()
	env.Preload, env.Audit = os.Getenv("LD_PRELOAD"), os.Getenv("LD_AUDIT")
	if r.mode.print == "json" && len(r.spec.Groups.With) == 0 {
		// The JSON describes what the loader opens, and groups only on request.
		r.spec.Groups, r.spec.Dlopen = pack.Groups{With: []string{"none"}}, "none"
	}
	return pack.Resolve(ctx, r.spec, pack.Options{Environment: env, Depth: depth})
}

// printPlan prints the plan in the form that r.mode selects. Missing libraries are
// printed with it, and returned as an error.
func printPlan(ctx context.Context, r request, stdout io.Writer) error {
	onTerminal := isTerminal(stdout)
	if r.mode.print0 && onTerminal {
		return usage("--print0: stdout is a terminal",
			"redirect stdout, or leave out --print0")
	}
	depth := pack.Composed
	if r.mode.print != "" {
		depth = forms[r.mode.print].depth
	}
	plan, err := resolveToPrint(ctx, r, depth)
	if plan == nil || ctx.Err() != nil {
		return err
	}
	w := bufio.NewWriter(textWriter{stdout})
	if r.mode.why != "" {
		if err := printWhy(w, plan, r.mode.why); err != nil {
			return err
		}
	} else {
		forms[r.mode.print].print(w, plan, r, onTerminal)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return err
}

// printList prints the paths of the tree: with --print0 terminated by NUL, with
// --verbose as in the summary of a build, else one per line, escaped on a terminal.
func printList(w *bufio.Writer, p *pack.Plan, r request, onTerminal bool) {
	for _, e := range p.Tree.Entries() {
		switch {
		case r.mode.print0:
			fmt.Fprintf(w, "%s\x00", e.Path)
		case r.verbosity.verbose:
			printLine(w, entryLine(e))
		case onTerminal:
			printLine(w, e.Path)
		default:
			fmt.Fprintln(w, e.Path)
		}
	}
}

// printLine prints text with newlines and other special characters escaped. Flush
// returns the error of w.
func printLine(w *bufio.Writer, text string) { _, _ = fmt.Fprintln(w, quote.Printable(text)) }

// printWhy prints each chain of reasons for the files called name, one step per line.
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

// isProgram reports whether name is the path of a program in the source.
func isProgram(p *pack.Plan, name string) bool {
	return slices.ContainsFunc(p.Programs, func(prog pack.Program) bool { return prog.Src == name })
}

// printAndCrossCheck prints what r.mode selects, if anything, and then runs the
// system's loader. It returns an error for each difference.
func printAndCrossCheck(ctx context.Context, r request, out io.Writer) error {
	if r.mode.print == "" && r.mode.why == "" {
		return crossCheck(ctx, r, out)
	}
	return errors.Join(printPlan(ctx, r, out), crossCheck(ctx, r, io.Discard))
}

// crossCheck runs the system's loader. It writes the agreements to out and returns an
// error for each difference.
func crossCheck(ctx context.Context, r request, out io.Writer) error {
	plan, err := resolveToPrint(ctx, r, pack.Loaded)
	if plan == nil {
		return err
	}
	c := crosscheck.Check{Search: plan.Resolver(), Force: r.mode.crossCheck == "force"}
	var errs []error
	for _, prog := range plan.Programs {
		same, err := c.Program(ctx, prog.Src)
		errs = append(errs, err)
		for _, s := range same {
			if _, err := fmt.Fprintln(textWriter{out}, quote.Printable(s)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
