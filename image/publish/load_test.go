package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer reads the whole archive and then says text.
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
		{"nothing", 200, "", "", ""},
		{"error in the stream", 200, `{"errorDetail":{"message":"no\n space"},"error":"no space"}`, "", "no space"},
		{"error after an image", 200, `{"stream":"Loaded image: a:1\n"}{"error":"bad"}`, "", "bad"},
		{"plain error", 500, `{"message":"invalid archive"}`, "", "invalid archive"},
		{"podman's error", 500, `{"cause":"x","message":"payload does not match","response":500}`, "", "payload does not match"},
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

// The writer's error comes back as it is, and the engine sees a broken request.
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
	if err := <-seen; err == nil {
		t.Error("the engine saw a proper end")
	}
}

// An engine that refuses early says why; that its connection closed is not news.
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
