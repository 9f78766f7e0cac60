// Command mkrootfs turns a program on disk into the smallest container image that
// runs it: it parses the ELF file, finds its interpreter and libraries as the loader
// would, and writes them reproducibly as the only layer of an image. It never runs
// the program.
//
// This package has the flags, the messages and the exit status; package pack does
// the work. Start reading at run. To add a flag, add an entry to the tables in
// flags.go and a field to pack.Spec or pack.Outputs.
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

// memoryLimit is the soft limit of the Go runtime's memory, in bytes. With the pages of
// the executable, which the limit does not include, hostile input needs at most 128 MiB.
const memoryLimit = 108 << 20

func main() {
	// Writing to a closed stdout is then an ordinary error.
	signal.Ignore(syscall.SIGPIPE)
	// Package net/http logs unsolicited responses of servers.
	log.SetOutput(io.Discard)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes the command with args and returns the exit status. Data is written to
// stdout, messages to stderr. After a panic the deferred calls clean up, and the panic
// is reported as an error.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	u := newUI(stderr)
	r := &request{verbosity: verbosity{progress: "auto"}}
	c := newCommand(r)
	c.SetContext(ctx)
	c.SetIn(stdin)
	c.SetOut(stdout)
	c.SetErr(stderr)
	return u.status(guard.Call(func() error { return runCommand(c, r, args, u) }))
}
