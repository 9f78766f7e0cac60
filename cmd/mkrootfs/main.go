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

// run is the whole command: it does what args ask for and returns the exit
// status. Stdout gets data only, stderr everything else. A panic is an error like
// any other, after the deferred calls that clean up.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	u := newUI(stderr)
	r := &request{talk: talk{progress: "auto"}}
	c := newCommand(r)
	c.SetContext(ctx)
	c.SetIn(stdin)
	c.SetOut(stdout)
	c.SetErr(stderr)
	return u.status(guard.Call(func() error { return runCommand(c, r, args, u) }))
}
