package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/mkrootfs/mkrootfs/pack"
)

// interruptible returns a context that ends with the first signal, for work that needs
// cleaning up, and a function that restores the default action of signals.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second signal has its default action: it ends the process immediately.
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// execute prints, compares with the system's loader, or builds, as r.mode selects.
func execute(ctx context.Context, r request, stdout io.Writer, u *ui) error {
	switch {
	case r.mode.crossCheck != "":
		ctx, stop := interruptible(ctx)
		defer stop()
		return printAndCrossCheck(ctx, r, stdout)
	case r.mode.print != "" || r.mode.why != "":
		return printPlan(ctx, r, stdout)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return build(ctx, r, stdout, u)
}

// build makes the outputs and prints a summary.
func build(ctx context.Context, r request, stdout io.Writer, u *ui) error {
	plan, err := pack.Resolve(ctx, r.spec, pack.Options{Environment: pack.CurrentEnvironment()})
	if err != nil {
		return err
	}
	warnings, err := r.outputs.CheckPlan(plan)
	if err != nil {
		return err
	}
	u.warnings(append(warnings, plan.Warnings...))
	if r.mode.dryRun {
		printDryRun(u, plan, r.outputs)
		return nil
	}
	o := r.outputs
	o.Stdout, o.Progress, o.Answer = stdout, u.progressFunc(), digestLines(u, r.outputs)
	result, err := pack.Write(ctx, plan, o)
	if err != nil {
		return err
	}
	printSummary(u, plan, result, o)
	return nil
}
