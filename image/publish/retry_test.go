package publish

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mkrootfs/mkrootfs/image"
)

// pipeListener has the server's ends of connections in memory, which work with the
// time of synctest.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error   { close(l.done); return nil }
func (l pipeListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(mustAddrPort("127.0.0.1:5000")) }

// inMemory serves h as localhost:5000.
func inMemory(t *testing.T, h http.Handler) link {
	t.Helper()
	l := pipeListener{make(chan net.Conn), make(chan struct{})}
	s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return link{dial: func(context.Context, string, string) (net.Conn, error) {
		a, b := net.Pipe()
		select {
		case l.conns <- b:
			return addrConn{a, "127.0.0.1:5000"}, nil
		case <-l.done:
			return nil, errRefused
		}
	}}
}

// failing answers the first n matching requests by fail. Uploads of several blobs
// run at once; of these only the one of the layer counts.
func failing(n int, method, part string, fail http.HandlerFunc) http.Handler {
	inner := newRegistry()
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		hit := n > 0 && r.Method == method && strings.Contains(r.URL.Path, part) &&
			(method != "PATCH" || r.ContentLength > 5000)
		if hit {
			n--
		}
		mu.Unlock()
		if hit {
			fail(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Temporary failures are retried after the time that the registry asks for.
func TestPushRetries(t *testing.T) {
	noHome(t)
	reset := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	date := func(w http.ResponseWriter, r *http.Request) {
		says(503, "", "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))(w, r)
	}
	const denied = `{"errors":[{"code":"SOMETHING","message":"not now"}]}`
	tests := []struct {
		name, method, part string
		times              int
		fail               http.HandlerFunc
		took               time.Duration
		want               string // of the error; "" for success
	}{
		{"ping", "GET", "/v2/", 2, says(503, ""), 4 * time.Second, ""},
		{"manifest", "HEAD", "/manifests/", 2, says(502, "<html>"), 4 * time.Second, ""},
		{"upload", "PATCH", "/uploads/", 2, says(500, denied), 4 * time.Second, ""},
		{"put", "PUT", "/manifests/", 2, says(504, ""), 4 * time.Second, ""},
		{"rate limit", "PUT", "/manifests/", 2, says(429, denied, "Retry-After", "7"), 14 * time.Second, ""},
		{"date", "PUT", "/manifests/", 1, date, 20 * time.Second, ""},
		{"hours", "PUT", "/manifests/", 2, says(429, "", "Retry-After", "86400"), 120 * time.Second, ""},
		{"nonsense", "PUT", "/manifests/", 1, says(429, "", "Retry-After", "-5"), time.Second, ""},
		{"reset", "PUT", "/manifests/", 2, reset, 4 * time.Second, ""},
		{"too often", "PUT", "/manifests/", 3, says(429, denied), 4 * time.Second, "something: not now"},
		{
			"HEAD too often",
			"HEAD",
			"/manifests/",
			3,
			says(503, ""),
			4 * time.Second,
			"the registry answered 503 Service Unavailable",
		},
		{"for good", "PUT", "/manifests/", 1, says(400, denied), 0, "something: not now"},
		{"not implemented", "PUT", "/manifests/", 1, says(501, ""), 0, "the registry answered 501 Not Implemented"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := inMemory(t, failing(tt.times, tt.method, tt.part, tt.fail))
				start := time.Now()
				_, err := Push(
					t.Context(),
					testImage(t, 10000, image.OCI),
					testTags(t, "localhost:5000/redis:1"),
					PushOptions{link: l},
				)
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				// A date has whole seconds.
				if d := time.Since(start); d < tt.took-time.Second || d > tt.took+time.Second/2 {
					t.Errorf("took %v, want %v", d, tt.took)
				}
			})
		})
	}
}

// A wait ends with the context.
func TestPushRetryCancelled(t *testing.T) {
	noHome(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("interrupted")
		l := inMemory(t, failing(1, "PUT", "/manifests/", func(w http.ResponseWriter, r *http.Request) {
			says(429, "", "Retry-After", "60")(w, r)
			time.AfterFunc(time.Second, func() { cancel(stop) })
		}))
		start := time.Now()
		_, err := Push(ctx, testImage(t, 10, image.OCI), testTags(t, "localhost:5000/redis:1"), PushOptions{link: l})
		if !errors.Is(err, stop) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

// A registry that stops in the middle does not block a push.
func TestPushStalls(t *testing.T) {
	noHome(t)
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	deaf := func(w http.ResponseWriter, _ *http.Request) { w.(http.Hijacker).Hijack() } // reads nothing more
	trickle := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(202)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	for _, tt := range []struct {
		name, method, part string
		h                  http.HandlerFunc
	}{
		{"answer", "POST", "/uploads/", hang},
		{"upload", "PATCH", "/uploads/", deaf},
		{"body", "POST", "/uploads/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(400)
			trickle(w, r)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := inMemory(t, failing(1000, tt.method, tt.part, tt.h))
				start := time.Now()
				_, err := Push(
					t.Context(),
					testImage(t, 1<<20, image.OCI),
					testTags(t, "localhost:5000/redis:1"),
					PushOptions{link: l},
				)
				if err == nil || !strings.HasSuffix(err.Error(), "no byte was sent or received for 1m0s") {
					t.Errorf("got %v", err)
				}
				if d := time.Since(start); d < stallLimit || d > stallLimit+10*time.Second {
					t.Errorf("after %v", d)
				}
			})
		})
	}
}
