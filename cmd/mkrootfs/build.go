package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/mkrootfs/mkrootfs/pack"
)

// interruptible returns a context that ends with the first signal, for work that
// has to be cleaned up, and a function that stops listening. Where it is not used,
// signals have their default action.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second signal has its default action, which ends the process at once.
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// execute does what a request asks for: it shows something, compares with the
// system's own loader, or builds.
func execute(ctx context.Context, r request, stdout io.Writer, u *ui) error {
	switch {
	case r.look.crossCheck != "":
		ctx, stop := interruptible(ctx)
		defer stop()
		return printAndCrossCheck(ctx, r, stdout)
	case r.look.print != "" || r.look.why != "":
		return printPlan(ctx, r, stdout)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return build(ctx, r, stdout, u)
}

// build makes the outputs and says what was made.
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
	if r.look.dryRun {
		forecast(u, plan, r.outputs)
		return nil
	}
	o := r.outputs
	o.Stdout, o.Progress, o.Answer = stdout, u.progressOf(), answerFor(u)
	result, err := pack.Write(ctx, plan, o)
	if err != nil {
		return err
	}
	account(u, plan, result, o)
	return nil
}
