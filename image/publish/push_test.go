package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/mkrootfs/mkrootfs/image"
)

// testImage returns an image of one gzip layer of about size bytes.
func testImage(t *testing.T, size int, f image.Format) v1.Image {
	t.Helper()
	raw, stored := testLayer(t, size)
	img, err := image.New(image.NewLayer(image.LayerInfo{
		Digest: sum(stored), DiffID: sum(raw), Size: int64(len(stored)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(stored)), nil },
	}), image.Config{Format: f, Cmd: []string{"/hello"}})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func newRegistry() http.Handler { return registry.New(registry.Logger(log.New(io.Discard, "", 0))) }

// serve returns the host:port of a registry.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// noHome prevents a test from reading the credentials of the user.
func noHome(t *testing.T) {
	t.Helper()
	for _, v := range []string{"HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "REGISTRY_AUTH_FILE"} {
		t.Setenv(v, t.TempDir())
	}
}

func TestPush(t *testing.T) {
	noHome(t)
	for _, f := range []image.Format{image.OCI, image.Docker} {
		host := serve(t, newRegistry())
		img := testImage(t, 1000, f)
		digest, _ := img.Digest()
		names := []string{host + "/a/redis:scratch", host + "/a/redis:2", host + "/b/redis"}
		got, err := Push(t.Context(), img, testTags(t, names...), PushOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{host + "/a/redis@" + digest.String(), host + "/b/redis@" + digest.String()}
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		for _, n := range append(names, got...) {
			ref, err := name.ParseReference(n)
			if err != nil {
				t.Fatal(err)
			}
			pulled, err := remote.Image(ref)
			if err != nil {
				t.Fatalf("%s: %v", n, err)
			}
			if err := validate.Image(pulled); err != nil {
				t.Errorf("%s: %v", n, err)
			}
			if d, _ := pulled.Digest(); d != digest {
				t.Errorf("%s: digest %v, want %v", n, d, digest)
			}
		}
	}
}

// refusal answers every request but the first with an error of a registry.
func refusal(status int, code, message string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]any{
			{"code": code, "message": message, "detail": map[string]string{"for": "machines"}},
		}})
	})
}

func TestPushErrors(t *testing.T) {
	noHome(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	tests := []struct {
		name   string
		host   string
		reason Reason
		text   string
	}{
		{
			"unauthorized",
			serve(t, refusal(401, "UNAUTHORIZED", "authentication required")),
			Unauthorized,
			"unauthorized: authentication required",
		},
		{
			"denied",
			serve(t, refusal(403, "DENIED", "requested access to the\nresource is denied")),
			Denied,
			"denied: requested access to the resource is denied",
		},
		{"other", serve(t, refusal(400, "NAME_INVALID", "")), Other, "name invalid"},
		{"no words", serve(t, http.NotFoundHandler()), Other, "the registry answered 404 Not Found"},
		{"nobody", nobody, Refused, "connection refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Push(t.Context(), testImage(t, 10, image.OCI), testTags(t, tt.host+"/redis:1"), PushOptions{})
			var perr *PushError
			if !errors.As(err, &perr) {
				t.Fatalf("got %#v", err)
			}
			if perr.Reason != tt.reason || !strings.HasPrefix(err.Error(), tt.host+"/redis:1: ") ||
				!strings.HasSuffix(err.Error(), tt.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q: %v", tt.name, perr.Reason, err)
			}
		})
	}
	if _, err := Push(t.Context(), testImage(t, 10, image.OCI), nil, PushOptions{}); err == nil {
		t.Error("no error without a tag")
	}
}

// elsewhere connects every address to host.
func elsewhere(host string) dialer {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, host)
	}
}

func TestPushInsecure(t *testing.T) {
	noHome(t)
	plain := httptest.NewServer(newRegistry())
	defer plain.Close()
	secure := httptest.NewTLSServer(newRegistry())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer secure.Close()
	tests := []struct {
		name, host string
		reason     Reason
		text       string
	}{
		{"plain", plain.Listener.Addr().String(), PlainHTTP, "server gave HTTP response to HTTPS client"},
		{"certificate", secure.Listener.Addr().String(), Untrusted, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tags := testTags(t, "registry.invalid:5000/redis:1")
			dial := elsewhere(tt.host)
			img := testImage(t, 10, image.OCI)
			_, err := Push(t.Context(), img, tags, PushOptions{link: link{dial: dial}})
			var perr *PushError
			if !errors.As(err, &perr) || perr.Reason != tt.reason || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
			if _, err := Push(t.Context(), img, tags, PushOptions{Insecure: true, link: link{dial: dial}}); err != nil {
				t.Errorf("insecure: %v", err)
			}
		})
	}
}

// Credentials are read from docker's file.
func TestPushCredentials(t *testing.T) {
	noHome(t)
	inner := newRegistry()
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, pass, _ := r.BasicAuth(); user != "me" || pass != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	tags := testTags(t, host+"/redis")
	img := testImage(t, 10, image.OCI)
	_, err := Push(t.Context(), img, tags, PushOptions{})
	var perr *PushError
	if !errors.As(err, &perr) || perr.Reason != Unauthorized {
		t.Errorf("without credentials: %v", err)
	}
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	writeFile(t, config+"/config.json", `{"auths":{"`+host+`":{"auth":"bWU6c2VjcmV0"}}}`)
	if _, err := Push(t.Context(), img, tags, PushOptions{}); err != nil {
		t.Errorf("with credentials: %v", err)
	}
	if _, err := Push(t.Context(), img, tags, PushOptions{Keychain: authn.NewMultiKeychain()}); err == nil {
		t.Error("the keychain given was not used")
	}
}

// A wrong password is told with the name of the user.
func TestPushWrongPassword(t *testing.T) {
	noHome(t)
	host := serve(t, basic(newRegistry()))
	wrong := fixed{authn.AuthConfig{Username: "me", Password: "wrong"}}
	for _, tt := range []struct {
		keychain authn.Keychain
		reason   Reason
		text     string
	}{
		{wrong, Rejected, host + "/redis:1: the registry refused the user name or password of me"},
		{authn.NewMultiKeychain(), Unauthorized, host + "/redis:1: the registry answered 401 Unauthorized"},
	} {
		_, err := Push(t.Context(), testImage(t, 10, image.OCI), testTags(t, host+"/redis:1"), PushOptions{Keychain: tt.keychain})
		var perr *PushError
		if !errors.As(err, &perr) || perr.Reason != tt.reason || err.Error() != tt.text {
			t.Errorf("%v", err)
		}
	}
	if err := (&PushError{Reason: Rejected, Err: &transport.Error{}}); err.Error() == "" {
		t.Error("no text")
	}
}

// An untrusted certificate of a loopback address is told, although plain HTTP is tried,
// which the server answers with 400.
func TestPushUntrustedLoopback(t *testing.T) {
	noHome(t)
	_, port, _ := net.SplitHostPort(tlsServer(t, newRegistry()).Listener.Addr().String())
	for _, host := range []string{"127.0.0.1:", "localhost:"} {
		tags := testTags(t, host+port+"/redis:1")
		_, err := Push(t.Context(), testImage(t, 10, image.OCI), tags, PushOptions{})
		var perr *PushError
		if !errors.As(err, &perr) || perr.Reason != Untrusted || !strings.Contains(err.Error(), "failed to verify certificate") {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := Push(t.Context(), testImage(t, 10, image.OCI), tags, PushOptions{Insecure: true}); err != nil {
			t.Errorf("%s: insecure: %v", host, err)
		}
	}
}

func TestPushCancelled(t *testing.T) {
	noHome(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	started := make(chan struct{})
	inner := newRegistry()
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			cancel(stop)
			<-started
		}
		inner.ServeHTTP(w, r)
	}))
	defer close(started)
	_, err := Push(ctx, testImage(t, 10, image.OCI), testTags(t, host+"/redis"), PushOptions{})
	var part *InterruptedError
	if !errors.Is(err, stop) || !errors.As(err, &part) || part.Error() != "interrupted" {
		t.Errorf("got %v", err)
	}
}

// With an error Push returns the repositories that have the image.
func TestPushRefusedBetweenTags(t *testing.T) {
	noHome(t)
	inner := newRegistry()
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/other/") {
			http.NotFound(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	img := testImage(t, 10, image.OCI)
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := Push(t.Context(), img, testTags(t, host+"/redis:1", host+"/other:1", host+"/redis:2"), PushOptions{})
	if want := []string{host + "/redis@" + digest.String()}; !slices.Equal(pushed, want) || err == nil {
		t.Errorf("got %q, %v, want %q", pushed, err, want)
	}
}

// An interrupted push reports the tags that the registry has and the one that it
// may have.
func TestPushCancelledBetweenTags(t *testing.T) {
	noHome(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	inner := newRegistry()
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r)
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/3") {
			cancel(stop)
			<-r.Context().Done()
		}
	}))
	tags := testTags(t, host+"/redis:1", host+"/redis:2", host+"/redis:3", host+"/redis:4")
	_, err := Push(ctx, testImage(t, 10, image.OCI), tags, PushOptions{})
	var part *InterruptedError
	if !errors.As(err, &part) || !errors.Is(err, stop) ||
		!slices.Equal(part.Done, []string{host + "/redis:1", host + "/redis:2"}) || part.Maybe != host+"/redis:3" {
		t.Fatalf("got %#v", err)
	}
	want := "interrupted; the image is already at " + host + "/redis:1, " + host + "/redis:2; " +
		host + "/redis:3 received the whole image and may have stored it"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
