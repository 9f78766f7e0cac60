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

// errStopped is the error of writing the archive if the engine stops reading.
var errStopped = errors.New("the engine stopped reading")

// Load sends the engine an archive, which it calls write to write, and returns what
// the engine reports as loaded: image names, or the ID of an image without a name.
//
// The archive is sent while it is written. An error of write ends the transfer, so
// that the engine keeps nothing, and is returned as it is. If ctx ends, the error
// is an *InterruptedError, which states whether the engine had received the whole
// archive. If the engine reads nothing for a minute, that is an error; the time
// that it takes to unpack the archive is limited by ctx alone.
func (e *Engine) Load(ctx context.Context, write func(io.Writer) error) ([]string, error) {
	pr, pw := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := guard.Call(func() error { return buffered(pw, write) })
		// A nil error ends the request; any other aborts it.
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

// interrupted returns the error for a context that has ended. An engine that has
// not received the last byte of an archive does not load it.
func (e *Engine) interrupted(ctx context.Context, sent bool) error {
	err := &InterruptedError{Err: context.Cause(ctx)}
	if sent {
		err.Maybe = e.Host
	}
	return err
}

// buffered calls write with a buffer before w: the headers of a tar are small, and
// without it each would be a chunk of the request.
func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// pipeBody is a request body whose writer gets errStopped when it is closed.
type pipeBody struct{ *io.PipeReader }

func (b pipeBody) Close() error { return b.CloseWithError(errStopped) }

// load sends the request (Docker Engine API, ImageLoad; podman has the same one).
// quiet means that the engine does not report its progress.
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
