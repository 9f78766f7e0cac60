// Command mkrootfs turns a program on this disk into the smallest container
// image that runs it: it parses the ELF file, finds its interpreter and libraries
// as the loader would, packs them reproducibly and appends them to an empty
// image. It never runs the program.
//
// The command has the flags, the printing and the exit status; the work is done by
// package pack. Start reading at run. flags.go has the table of flags: a new flag
// is one entry there and one field of pack.Spec or pack.Outputs.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/pack"
)

// Exit statuses, as the manual promises them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// memoryLimit is the size in bytes above which memory is collected at any cost.
// With what the Go runtime does not count, the program's own pages, a run with
// hostile input stays below 128 MiB.
const memoryLimit = 108 << 20

func main() {
	// A reader of stdout that goes away is an error like any other.
	signal.Ignore(syscall.SIGPIPE)
	// Package net/http logs what servers send without being asked.
	log.SetOutput(io.Discard)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// stdio is what the command reads and writes besides files.
type stdio struct {
	in  io.Reader
	out io.Writer
}

// run is the whole command: it does what args ask for and returns the exit
// status. Stdout gets data only, stderr everything else. A panic is an error like
// any other, after the deferred calls that clean up.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	u := newUI(stderr)
	return u.status(guard.Call(func() error {
		return newCommand(stdio{stdin, stdout}, u, args).ExecuteContext(ctx)
	}))
}

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
func execute(ctx context.Context, r request, io stdio, u *ui) error {
	switch {
	case r.look.crossCheck != "":
		ctx, stop := interruptible(ctx)
		defer stop()
		return printAndCrossCheck(ctx, r, io.out)
	case r.look.print != "" || r.look.why != "":
		return printPlan(ctx, r, io.out)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return build(ctx, r, io, u)
}

// build makes the outputs and says what was made.
func build(ctx context.Context, r request, io stdio, u *ui) error {
	plan, err := pack.Resolve(ctx, r.spec, pack.Options{Environment: pack.CurrentEnvironment()})
	if err != nil {
		return err
	}
	warnings, err := r.outputs.Suits(plan)
	if err != nil {
		return err
	}
	u.warnings(append(warnings, plan.Warnings...))
	if r.look.dryRun {
		forecast(u, plan, r.outputs)
		return nil
	}
	o := r.outputs
	o.Stdout, o.Progress, o.Answer = io.out, u.progressOf(), answerFor(u)
	result, err := pack.Write(ctx, plan, o)
	if err != nil {
		return err
	}
	account(u, plan, result, o)
	return nil
}
