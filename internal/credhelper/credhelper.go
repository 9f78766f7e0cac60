// Package credhelper gets credentials from docker's credential helpers.
//
// A helper is a program that docker's config.json names. It is executed as by
// docker, but its output is limited and it ends with the context. What a helper
// prints is secret: its output is never part of an error, and its standard error is
// discarded. The package never stores or erases credentials. Its caveat: only the
// context limits the time, since a helper may have to wait for the user to enter a
// password. The only function is Get.
package credhelper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"
)

// outputLimit limits the output of a helper, in bytes. Tokens have a few thousand.
const outputLimit = 1 << 20

// waitDelay is how long the end of the output is waited for after a helper has
// ended. A child of the helper, such as an agent that it started, may keep the pipe
// open.
const waitDelay = time.Second

var (
	errOutput   = errors.New("its output is not the JSON of a credential helper")
	errTooLarge = fmt.Errorf("it printed more than %d bytes", outputLimit)
)

// Get returns the credentials that program, such as docker-credential-pass, has for
// server, or nil if it has none. No error contains output of the program. When ctx
// ends, the program is killed and the cause returned.
func Get(ctx context.Context, program, server string) (*credentials.Credentials, error) {
	p := &process{ctx: ctx, name: program}
	found, err := client.Get(func(args ...string) client.Program { p.args = args; return p }, server)
	switch {
	case err == nil:
		return found, nil
	case context.Cause(ctx) != nil:
		return nil, context.Cause(ctx)
	case credentials.IsErrCredentialsNotFound(err):
		return nil, nil
	case p.err != nil:
		return nil, p.err
	}
	return nil, errOutput
}

// process is a client.Program with a context, limited output and an error of its
// own. client.Shell has no context, reads all output, and its output is in the text
// of its errors.
type process struct {
	ctx   context.Context
	name  string
	args  []string
	stdin io.Reader
	err   error
}

// Input sets the standard input of the program.
func (p *process) Input(in io.Reader) { p.stdin = in }

// Output executes the program and returns its output.
func (p *process) Output() ([]byte, error) {
	ctx, cancel := context.WithCancelCause(p.ctx)
	defer cancel(nil)
	out := &buffer{full: func() { cancel(errTooLarge) }}
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = p.stdin, out, waitDelay
	p.err = cmd.Run()
	if errors.Is(p.err, exec.ErrWaitDelay) {
		p.err = nil // the program itself was successful
	}
	if cause := context.Cause(ctx); cause != nil {
		p.err = cause
	}
	var start *exec.Error // has the name of the program, which callers add
	if errors.As(p.err, &start) {
		p.err = start.Err
	}
	return out.data, p.err
}

// buffer holds up to outputLimit bytes. If there are more, it calls full, which
// ends the program. (It does not embed a bytes.Buffer, whose ReadFrom io.Copy would
// call instead of Write.)
type buffer struct {
	data []byte
	full func()
}

// Write appends p, or fails if there is not enough room for it.
func (b *buffer) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > outputLimit {
		b.full()
		return 0, errTooLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
