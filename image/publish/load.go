package publish

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

// errStopped is what the archive's writer gets when the engine takes no more.
var errStopped = errors.New("the engine stopped reading")

// Load sends the engine an archive, which write writes, and returns what the
// engine says that it loaded: image names, or the id of a nameless one.
//
// The archive is sent as it is written. An error of write ends the transfer in
// the middle, which the engine answers by keeping nothing, and comes back as it
// is. When ctx ends, the error is an *InterruptedError, which says whether the
// engine had the whole archive by then. An engine that takes nothing for a
// minute is an error; how long it unpacks what it has taken, ctx alone limits.
func (e *Engine) Load(ctx context.Context, write func(io.Writer) error) ([]string, error) {
	pr, pw := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := guard.Call(func() error { return buffered(pw, write) })
		// nil is a proper end; an error breaks the request off.
		pw.CloseWithError(err)
		written <- err
	}()
	loaded, err := e.load(ctx, pipeBody{pr})
	pr.CloseWithError(errStopped) // whatever happened, the writer ends
	werr := <-written
	switch {
	case ctx.Err() != nil && (err != nil || werr != nil):
		return nil, e.interrupted(ctx, werr == nil)
	case werr != nil && !errors.Is(werr, errStopped):
		return nil, werr
	case err != nil:
		return nil, fmt.Errorf("%s: %w", e.Host, err)
	}
	return loaded, nil
}

// interrupted says what the engine may have when ctx has ended. Until the last
// byte was taken off its writer an archive has no end, and is nothing.
func (e *Engine) interrupted(ctx context.Context, sent bool) error {
	err := &InterruptedError{Err: context.Cause(ctx)}
	if sent {
		err.Maybe = e.Host
	}
	return err
}

// buffered calls write with a buffer before w: a tar's headers are small, and
// each write would be a chunk of the request.
func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// pipeBody is a request body whose writer learns that it was closed.
type pipeBody struct{ *io.PipeReader }

func (b pipeBody) Close() error { return b.CloseWithError(errStopped) }

// load is the request itself (Docker Engine API, ImageLoad; podman has the same
// one). quiet leaves out the progress of what it unpacks.
func (e *Engine) load(ctx context.Context, body io.Reader) ([]string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.base+"/images/load?quiet=1", body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-tar")
	res, err := e.client.Do(req)
	if err != nil {
		return nil, innermost(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(failure(res))
	}
	return readMessages(res.Body)
}
