package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answer reads the whole archive and then sends text.
func answer(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

func TestLoad(t *testing.T) {
	archive := bytes.Repeat([]byte("archive "), 1<<17)
	var got []byte
	var err error
	e := find(t, func(w http.ResponseWriter, r *http.Request) {
		got, err = io.ReadAll(r.Body)
		if ct, q := r.Header.Get("Content-Type"), r.URL.RawQuery; ct != "application/x-tar" || q != "quiet=1" {
			t.Errorf("type %q, query %q", ct, q)
		}
		io.WriteString(w, `{"status":"Loading layer"}`+"\n"+`{"stream":"Loaded image: redis:scratch\n"}`+"\n")
	})
	loaded, lerr := e.Load(t.Context(), func(w io.Writer) error {
		_, err := w.Write(archive)
		return err
	})
	if lerr != nil || err != nil {
		t.Fatal(lerr, err)
	}
	if !bytes.Equal(got, archive) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(archive))
	}
	if !slices.Equal(loaded, []string{"redis:scratch"}) {
		t.Errorf("loaded %q", loaded)
	}
}

func TestLoadAnswers(t *testing.T) {
	tests := []struct {
		name   string
		status int
		text   string
		want   string
		err    string
	}{
		{"docker", 200, `{"stream":"Loaded image: a:1\n"}{"stream":"Loaded image: b:2\n"}`, "a:1 b:2", ""},
		{"an id", 200, `{"stream":"Loaded image ID: sha256:12\n"}`, "sha256:12", ""},
		{"podman", 200, `{"stream":"Loaded image: a:1,b:2"}`, "a:1 b:2", ""},
		{"nothing", 200, "", "", "the engine did not report a loaded image"},
		{
			"nothing of an image",
			200,
			`{"stream":"Loaded image: \n"}{"status":"done"}`,
			"",
			"the engine did not report a loaded image",
		},
		{"error in the stream", 200, `{"errorDetail":{"message":"no\n space"},"error":"no space"}`, "", "no space"},
		{"error after an image", 200, `{"stream":"Loaded image: a:1\n"}{"error":"bad"}`, "", "bad"},
		{"plain error", 500, `{"message":"invalid archive"}`, "", "invalid archive"},
		{
			"podman's error",
			500,
			`{"cause":"x","message":"payload does not match","response":500}`,
			"",
			"payload does not match",
		},
		{"text", 502, "proxy is down", "", "502 Bad Gateway: proxy is down"},
		{"status alone", 503, "", "", "503 Service Unavailable"},
		{"cut off", 200, `{"stream":"Load`, "", "the engine's answer: unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := find(t, answer(tt.status, tt.text))
			got, err := e.Load(t.Context(), func(w io.Writer) error { return nil })
			if strings.Join(got, " ") != tt.want {
				t.Errorf("loaded %q, want %s", got, tt.want)
			}
			want := tt.err
			if want != "" {
				want = e.Host + ": " + want
			}
			if (err == nil) != (want == "") || err != nil && err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// writeForever writes until it is stopped.
func writeForever(w io.Writer) error {
	for {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return err
		}
	}
}

// The error of the writer is returned as it is, and the engine gets an incomplete request.
func TestLoadWriterFails(t *testing.T) {
	seen := make(chan error, 1)
	e := find(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		seen <- err
	})
	own := errors.New("disk on fire")
	_, err := e.Load(t.Context(), func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return own
	})
	if !errors.Is(err, own) || err.Error() != own.Error() {
		t.Errorf("got %v, want the writer's own error", err)
	}
	if err := <-seen; err == nil {
		t.Error("the engine saw a proper end")
	}
}

func TestLoadCancelled(t *testing.T) {
	started := make(chan struct{})
	seen := make(chan error, 1)
	e := find(t, func(_ http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, 1<<20))
		close(started)
		_, err := io.Copy(io.Discard, r.Body)
		seen <- err
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	go func() { <-started; cancel(stop) }()
	_, err := e.Load(ctx, writeForever)
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	var part *InterruptedError
	if !errors.As(err, &part) || part.Maybe != "" || part.Error() != "interrupted" {
		t.Errorf("got %#v", err)
	}
	if err := <-seen; err == nil {
		t.Error("the engine saw a proper end")
	}
}

// After the whole archive was sent, the engine may have the image.
func TestLoadCancelledTooLate(t *testing.T) {
	all := make(chan struct{})
	e := find(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(all)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	go func() { <-all; cancel(stop) }()
	_, err := e.Load(ctx, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		return err
	})
	var part *InterruptedError
	if !errors.As(err, &part) || !errors.Is(err, stop) || part.Maybe != e.Host {
		t.Errorf("got %#v", err)
	}
	if want := "interrupted; " + e.Host + " received the whole image and may have stored it"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// inMemoryEngine is an engine that is reached without a network.
func inMemoryEngine(t *testing.T, load http.HandlerFunc) *Engine {
	t.Helper()
	e, err := endpoint{host: "http://127.0.0.1:5000", dial: inMemory(t, engineHandler(load)).dial}.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.client.CloseIdleConnections)
	return e
}

// An engine that stops reading is an error after stallLimit.
func TestLoadStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := inMemoryEngine(t, func(w http.ResponseWriter, _ *http.Request) { w.(http.Hijacker).Hijack() })
		start := time.Now()
		_, err := e.Load(t.Context(), writeForever)
		if err == nil || err.Error() != e.Host+": no byte was sent or received for 1m0s" ||
			time.Since(start) != stallLimit {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

// An engine may take an hour to unpack an archive, or to receive it.
func TestLoadSlowEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := inMemoryEngine(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			time.Sleep(time.Hour)
			io.WriteString(w, `{"stream":"Loaded image: a:1\n"}`)
		})
		_, err := e.Load(t.Context(), func(w io.Writer) error {
			for range 3 {
				time.Sleep(time.Hour)
				w.Write(make([]byte, 1<<20))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// endless writes piece until it has written a gigabyte or the reader stops.
func endless(status int, begin, piece string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		io.WriteString(w, begin)
		b := []byte(strings.Repeat(piece, 1<<16/len(piece)))
		for range 1 << 30 / len(b) {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}
}

// Answers of an engine are limited in memory and in messages.
func TestLoadEndlessAnswers(t *testing.T) {
	tooLong := "the engine's answer: larger than 4 MiB"
	tests := []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{
			"progress",
			endless(200, "", `{"status":"Loading layer","progressDetail":{"current":1,"total":2}}`+"\n"),
			tooLong,
		},
		{"one line", endless(200, `{"stream":"`, "x"), tooLong},
		{"one key", endless(200, `{"`, "x"), tooLong},
		{"blanks", endless(200, "", " "), tooLong},
		{"images", endless(200, "", `{"stream":"Loaded image: a"}`), tooLong},
		{"names", endless(200, `{"stream":"Loaded image: `, "a,"), tooLong},
		{"depth", endless(200, `{"stream":`, "["), "the engine's answer: "},
		{"error", endless(200, `{"error":"`, "x"), tooLong},
		{"long error", answer(200, `{"error":"`+strings.Repeat("long ", 10000)+`"}`), "long long"},
		{"failure", endless(500, "", "x"), "500 Internal Server Error"},
		{"failure in JSON", endless(500, `{"message":"`, "x"), "500 Internal Server Error"},
		{"long failure", answer(500, `{"message":"`+strings.Repeat("long ", 10000)+`"}`), "long long"},
		{"headers", func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			for range 1000 {
				w.Header().Add("X", strings.Repeat("x", 1000))
			}
		}, "server response headers exceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := find(t, tt.h)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := e.Load(t.Context(), func(io.Writer) error { return nil })
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > wordsLimit+200 {
				t.Errorf("got %v", err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 128<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
		})
	}
}

// Redirects of an engine are not followed.
func TestLoadRedirect(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	for _, status := range []int{302, 303, 307} {
		s := httptest.NewServer(
			engineHandler(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) }),
		)
		defer s.Close()
		e, err := Lookup{Getenv: env("DOCKER_HOST", s.URL)}.Find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Load(t.Context(), func(io.Writer) error { return nil }); err == nil || asked {
			t.Errorf("%d: %v, asked %v", status, err, asked)
		}
	}
}

// If an engine refuses the archive early, its message is returned, not the error of
// the closed connection.
func TestLoadRefusedEarly(t *testing.T) {
	e := find(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, `{"message":"no space left on device"}`)
	})
	_, err := e.Load(t.Context(), writeForever)
	if err == nil || !strings.HasSuffix(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
	}
}

func TestLoadEngineDies(t *testing.T) {
	e := find(t, func(_ http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, 1<<20))
		panic(http.ErrAbortHandler)
	})
	_, err := e.Load(t.Context(), writeForever)
	if err == nil || !strings.HasPrefix(err.Error(), e.Host+": ") || strings.Contains(err.Error(), "localhost") {
		t.Errorf("got %v", err)
	}
}
