// Command mkrootfs turns a program on this disk into the smallest container
// image that runs: it parses the ELF file, finds its interpreter and libraries
// as the real loader would, packs them reproducibly and appends them to an
// empty image. It never runs the program.
//
// The package joins the other packages and writes all messages; what a library
// user needs is in elfdeps, rootfs and image. Start reading at run.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/pflag"

	_ "github.com/mkrootfs/mkrootfs/cmd/mkrootfs/internal/early" // answers simple questions before main begins
	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// Exit statuses, as the manual promises them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	// A reader of stdout that goes away is an error like any other.
	signal.Ignore(syscall.SIGPIPE)
	// Package net/http logs what servers send without being asked.
	log.SetOutput(io.Discard)
	setCollector()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// memoryLimit is the size in bytes from which memory is collected whatever else
// is set. With what does not count as Go's memory, the program's own pages, a run
// whose input is hostile stays below 128 MiB.
const memoryLimit = 108 << 20

// setCollector sets how often memory is collected. A run that packs nothing needs
// a few megabytes for a few milliseconds, which are not worth a collection. What
// needs more (packing, reading package databases) sets the default of 100 again.
func setCollector() {
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(memoryLimit)
}

// interruptible returns a context that ends with the first signal, for work
// that has to be cleaned up, and a function that ends the listening. Where there
// is none, signals have their default action.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second signal has its default action, which ends the process at once.
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// run is the whole command: it reads args, does what they ask for and returns
// the exit status. Stdout gets data only, stderr everything else. A panic is an
// error like any other, after the deferred calls that clean up.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ui := newUI(stderr)
	return ui.status(guard.Call(func() error { return command(ctx, args, stdio{stdin, stdout}, ui) }))
}

// command does what args ask for.
func command(ctx context.Context, args []string, io stdio, u *ui) error {
	o, err := parseArgs(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return printHelp(io.out)
	case err != nil:
		return err
	case o.version:
		return printVersion(io.out)
	}
	u.configure(o)
	return build(ctx, o, io, u)
}

// stdio is what the command reads and writes besides files.
type stdio struct {
	in  io.Reader
	out io.Writer
}
