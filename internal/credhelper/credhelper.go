// Package credhelper asks docker's credential helpers for credentials.
//
// A helper is a program of the user's own choice: docker's config.json names
// it. It is run as docker runs it, but its output is bounded, it ends with the
// context, and nothing that it prints gets into an error: what it prints are
// secrets, and its standard error is dropped. Its one caveat: a helper that
// asks the user something may take as long as the user does, so only the
// context limits its time. The function to start with is Get.
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

// outputLimit is how much a helper may print, in bytes. Tokens have a few
// thousand.
const outputLimit = 1 << 20

// waitDelay is how long the end of a helper's output is waited for once the
// helper has ended or was killed: a child of its own may hold the pipe open.
const waitDelay = time.Second

var (
	errOutput   = errors.New("its output is not the JSON that credential helpers print")
	errTooLarge = fmt.Errorf("it printed more than %d bytes", outputLimit)
)

// Get returns what program, such as docker-credential-pass, has stored for
// server, nil when it has nothing. No error holds anything that the program
// printed. When ctx ends, the program is killed and the cause of ctx's end
// returned.
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

// process is a client.Program whose context, output and error are its own:
// client.Shell has no context, holds all output, and its error comes back as a
// text with the output in it.
type process struct {
	ctx   context.Context
	name  string
	args  []string
	stdin io.Reader
	err   error
}

// Input sets what the program reads.
func (p *process) Input(in io.Reader) { p.stdin = in }

// Output runs the program and returns what it printed.
func (p *process) Output() ([]byte, error) {
	ctx, cancel := context.WithCancelCause(p.ctx)
	defer cancel(nil)
	out := &buffer{full: func() { cancel(errTooLarge) }}
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = p.stdin, out, waitDelay
	p.err = cmd.Run()
	if cause := context.Cause(ctx); cause != nil {
		p.err = cause
	}
	var start *exec.Error // names the program once more
	if errors.As(p.err, &start) {
		p.err = start.Err
	}
	return out.data, p.err
}

// buffer takes outputLimit bytes. With the first byte more it calls full, which
// ends the program. (A bytes.Buffer inside it would lend it ReadFrom, by which
// io.Copy goes past Write.)
type buffer struct {
	data []byte
	full func()
}

func (b *buffer) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > outputLimit {
		b.full()
		return 0, errTooLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
