package publish

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/image"
)

// Endless answers and headers neither fill the memory nor block a push.
func TestRegistryEndlessAnswers(t *testing.T) {
	noHome(t)
	after := func(method, part string, h http.HandlerFunc) http.Handler {
		inner := newRegistry()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method && strings.Contains(r.URL.Path, part) {
				h(w, r)
				return
			}
			inner.ServeHTTP(w, r)
		})
	}
	tests := []struct {
		name string
		h    http.Handler
		want string // "" for success
	}{
		{"ping", after("GET", "/v2/", endless(200, "", "error ")), ""},
		{"ping fails", endless(418, "", "error "), "the registry answered 418 I'm a teapot"},
		{"upload", after("POST", "/uploads/", endless(400, "", "error ")), "the registry answered 400 Bad Request"},
		{"put", after("PUT", "/manifests/", endless(403, "", "error ")), "the registry answered 403 Forbidden"},
		{"words", after("POST", "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"errors":[{"code":"X","message":%q}]}`, strings.Repeat("word ", 10000))
		}), "…"},
		{"headers", after("POST", "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 1000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
		}), "server response headers exceeded"},
		{"token", after("GET", "/v2/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/v2/token"`)
			if strings.HasSuffix(r.URL.Path, "token") {
				endless(200, "", "error ")(w, r)
				return
			}
			w.WriteHeader(401)
		}), "invalid character"},
		{"no token", after("GET", "/v2/", func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "token") {
				io.WriteString(w, `{"refresh_token":"secret"}`)
				return
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/v2/token"`)
			w.WriteHeader(401)
		}), "no token in bearer response"},
		{"no token after a redirect", after("GET", "/v2/", func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "moved"):
				io.WriteString(w, `{"refresh_token":"secret"}`)
			case strings.HasSuffix(r.URL.Path, "token"):
				http.Redirect(w, r, "/v2/moved", http.StatusTemporaryRedirect)
			default:
				w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/v2/token"`)
				w.WriteHeader(401)
			}
		}), "no token in bearer response"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Push(
				t.Context(),
				testImage(t, 10, image.OCI),
				testTags(t, serve(t, tt.h)+"/redis:1"),
				PushOptions{},
			)
			runtime.ReadMemStats(&after)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err != nil && (len(err.Error()) > wordsLimit+100 || strings.Contains(err.Error(), "secret")) {
				t.Errorf("%d bytes: %v", len(err.Error()), err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
		})
	}
}
