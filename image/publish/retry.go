package publish

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// remote decides what is retried: a single request, or an upload from its start.
// But it sleeps without regard to the context and ignores Retry-After. Therefore it
// is configured not to sleep, and pace delays the next request.

// The number of attempts and the waits between them, which are those of remote, and
// the longest Retry-After that is respected.
const (
	attempts      = 3
	firstWait     = time.Second
	laterWait     = 3 * time.Second
	maxRetryAfter = 60 * time.Second
)

// temporaryStatus returns the statuses after which a request is retried: those of
// remote (remote, defaultRetryStatusCodes).
func temporaryStatus() []int {
	return []int{
		http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, 499, 522,
	}
}

// isTemporary reports whether a request that failed with err is retried.
func isTemporary(err error) bool {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.Temporary() || slices.Contains(temporaryStatus(), answer.StatusCode)
	}
	return isReset(err)
}

// isReset reports whether a connection ended before the answer.
func isReset(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// pace delays requests to places that have just failed temporarily. A place is a
// scheme and a host.
type pace struct {
	mu     sync.Mutex
	places map[string]delay
}

// delay is the state of one place.
type delay struct {
	again bool      // the place has failed before
	until time.Time // no request is sent to it before
}

// wait waits until place may be sent a request. It returns the cause if ctx ends before.
func (p *pace) wait(ctx context.Context, place string) error {
	p.mu.Lock()
	until := p.places[place].until
	p.mu.Unlock()
	if until.IsZero() {
		return nil
	}
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note records the result of a request to place.
func (p *pace) note(place string, res *http.Response, err error) {
	var asked time.Duration
	switch {
	case err != nil && isReset(err):
	case err == nil && slices.Contains(temporaryStatus(), res.StatusCode):
		asked = retryAfter(res.Header)
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d, backoff := p.places[place], firstWait
	if d.again {
		backoff = laterWait
	}
	if until := time.Now().Add(max(asked, backoff)); until.After(d.until) {
		d.until = until
	}
	p.places[place] = delay{again: true, until: d.until}
}

// retryAfter returns the time that an answer asks for (RFC 9110, 10.2.3: seconds or
// a date), at most maxRetryAfter.
func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseUint(v, 10, 64); err == nil {
		return time.Duration(min(n, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at), 0), maxRetryAfter)
}
