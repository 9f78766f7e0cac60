package publish

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/mkrootfs/mkrootfs/image"
)

// seen is a handler that records the requests, by host.
type seen struct {
	http.Handler
	mu       sync.Mutex
	requests []string // METHOD HOST Authorization
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.Host+" "+r.Header.Get("Authorization")))
	s.mu.Unlock()
	s.Handler.ServeHTTP(w, r)
}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// basic is a registry that requires the user me and the password secret.
func basic(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, pass, _ := r.BasicAuth(); user != "me" || pass != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// fixed is a keychain with the same entry for all registries.
type fixed struct{ authn.AuthConfig }

func (k fixed) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(k.AuthConfig), nil
}

var meAndSecret = fixed{authn.AuthConfig{Username: "me", Password: "secret"}}

func plainServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func tlsServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// addrConn is a connection with another remote address.
type addrConn struct {
	net.Conn
	remote string
}

func (c addrConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(mustAddrPort(c.remote))
}

// towards connects each host:port to a server on loopback. Other connections fail.
func towards(servers map[string]*httptest.Server, claims map[string]string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		s := servers[address]
		if s == nil {
			return nil, fmt.Errorf("unexpected connection to %s", address)
		}
		c, err := new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		if claim := claims[address]; err == nil && claim != "" {
			c = addrConn{c, claim}
		}
		return c, err
	}
}

// Plain HTTP to another host is refused unless the options allow it.
func TestPlainHTTPRefused(t *testing.T) {
	for _, tt := range []struct {
		host, claim string
		refused     bool
	}{
		{"10.1.2.3:5000", "10.1.2.3:5000", true},
		{"10.1.2.3:5000", "", true}, // by its name alone
		{"172.16.0.1:5000", "172.16.0.1:5000", true},
		{"192.168.1.2:5000", "192.168.1.2:5000", true},
		{"registry.localhost:5000", "10.1.2.3:5000", true},
		{"localhost:5000", "192.168.1.2:5000", true},
		{"localhost:5000", "[fe80::1]:5000", true},
		{"registry.example.internal:5000", "10.1.2.3:5000", true},
		{"registry.local:5000", "10.1.2.3:5000", true},
		{"registry.localhost:5000", "", false},
		{"localhost:5000", "", false},
		{"localhost:5000", "[::1]:5000", false},
		{"127.0.0.1:5000", "", false},
	} {
		t.Run(tt.host+"="+tt.claim, func(t *testing.T) {
			h := &seen{Handler: basic(newRegistry())}
			l := link{
				dial: towards(
					map[string]*httptest.Server{tt.host: plainServer(t, h)},
					map[string]string{tt.host: tt.claim},
				),
			}
			tags, img := testTags(t, tt.host+"/redis:1"), testImage(t, 10, image.OCI)
			_, err := Push(t.Context(), img, tags, PushOptions{Keychain: meAndSecret, link: l})
			var perr *PushError
			if tt.refused && (!errors.As(err, &perr) || perr.Reason != PlainHTTP || len(h.all()) > 0) {
				t.Errorf("got %v after %q", err, h.all())
			}
			if !tt.refused && err != nil {
				t.Error(err)
			}
			if _, err := Push(
				t.Context(),
				img,
				tags,
				PushOptions{Keychain: meAndSecret, Insecure: true, link: l},
			); err != nil {
				t.Errorf("insecure: %v", err)
			}
		})
	}
}

// The error of HTTPS to a private address is reported, not the refusal of plain HTTP.
func TestPlainHTTPReasons(t *testing.T) {
	secure := tlsServer(t, newRegistry())
	refused := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errRefused}
	}
	for _, tt := range []struct {
		tag  string
		dial dialer
		want Reason
		text string
	}{
		{"10.1.2.3:5000/redis:1", towards(map[string]*httptest.Server{"10.1.2.3:5000": secure}, nil), Untrusted, "certificate"},
		{"10.1.2.3:5000/redis:1", refused, Refused, "connection refused"},
		{"10.1.2.3/redis:1", refused, PlainHTTP, "connection refused"}, // 443 says nothing of 80
	} {
		_, err := Push(
			t.Context(),
			testImage(t, 10, image.OCI),
			testTags(t, tt.tag),
			PushOptions{Keychain: meAndSecret, link: link{dial: tt.dial}},
		)
		var perr *PushError
		if !errors.As(err, &perr) || perr.Reason != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: got %v (%q), want %q", tt.tag, err, perr.Reason, tt.want)
		}
	}
}

// rerouted is a registry that answers matching requests with a redirect, or with
// the location of an upload.
func rerouted(inner http.Handler, method, part string, status int, location string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method && strings.Contains(r.URL.Path, part) {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// bearer is a registry whose tokens come from realm.
func bearer(realm, token string, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			fmt.Fprintf(w, `{"token":%q}`, token)
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`",service="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			inner.ServeHTTP(w, r)
		}
	})
}

// An HTTPS registry cannot make a client use plain HTTP either.
func TestPlainHTTPFromHTTPS(t *testing.T) {
	const elsewhere = "http://www.example.com/x"
	tests := []struct {
		name   string
		h      http.Handler
		reason Reason
	}{
		{"ping", rerouted(newRegistry(), "GET", "/v2/", 307, elsewhere), PlainHTTP},
		{"manifest", rerouted(basic(newRegistry()), "HEAD", "/manifests/", 307, elsewhere), PlainHTTP},
		{"blob", rerouted(basic(newRegistry()), "HEAD", "/blobs/", 302, elsewhere), PlainHTTP},
		{"upload", rerouted(basic(newRegistry()), "POST", "/uploads/", 307, elsewhere), PlainHTTP},
		{"location", rerouted(basic(newRegistry()), "POST", "/uploads/", 202, elsewhere), PlainHTTP},
		{"commit", rerouted(basic(newRegistry()), "PATCH", "/uploads/", 202, elsewhere), PlainHTTP},
		{
			"token server",
			bearer("http://www.example.com/token", "t", newRegistry()),
			Other,
		}, // remote refuses it, insecure or not
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clear := &seen{Handler: newRegistry()}
			secure := tlsServer(t, tt.h)
			roots := x509.NewCertPool()
			roots.AddCert(secure.Certificate())
			l := link{roots: roots, dial: towards(map[string]*httptest.Server{
				"example.com:443": secure, "www.example.com:80": plainServer(t, clear),
			}, nil)}
			_, err := Push(
				t.Context(),
				testImage(t, 10, image.OCI),
				testTags(t, "example.com/a/redis:1"),
				PushOptions{Keychain: meAndSecret, link: l},
			)
			var perr *PushError
			if !errors.As(err, &perr) || perr.Reason != tt.reason || len(clear.all()) > 0 {
				t.Errorf("got %v after %q", err, clear.all())
			}
		})
	}
}

// A registry on this machine cannot send credentials to other hosts in plain HTTP.
func TestPlainHTTPTokenServer(t *testing.T) {
	clear := &seen{Handler: newRegistry()}
	local := plainServer(t, bearer("http://token.example.com/token", "t", newRegistry()))
	l := link{
		dial: towards(
			map[string]*httptest.Server{"localhost:5000": local, "token.example.com:80": plainServer(t, clear)},
			nil,
		),
	}
	_, err := Push(
		t.Context(),
		testImage(t, 10, image.OCI),
		testTags(t, "localhost:5000/redis:1"),
		PushOptions{Keychain: meAndSecret, link: l},
	)
	var perr *PushError
	if !errors.As(err, &perr) || perr.Reason != PlainHTTP || len(clear.all()) > 0 ||
		!strings.HasSuffix(err.Error(), "token.example.com: plain HTTP is refused") {
		t.Errorf("got %v after %q", err, clear.all())
	}
}

// Credentials are not sent to other hosts that a registry redirects to, also not to
// its own subdomains.
func TestRedirectWithoutCredentials(t *testing.T) {
	const realm, elsewhere = "https://example.com/token", "https://www.example.com"
	for _, auth := range []struct {
		name string
		with func(http.Handler) http.Handler
	}{
		{"basic", basic},
		{"bearer", func(h http.Handler) http.Handler { return bearer(realm, "tok", h) }},
	} {
		for _, tt := range []struct {
			name, method, part string
			status             int
			to                 string
		}{
			{"ping", "GET", "/v2/", 307, "/v2/"},
			{"manifest", "HEAD", "/manifests/", 307, "/v2/a/redis/manifests/1"},
			{"blob", "HEAD", "/blobs/sha256", 307, "/x"},
			{"upload", "POST", "/uploads/", 307, "/v2/a/redis/blobs/uploads/"},
			{"location", "POST", "/uploads/", 202, "/upload"},
			{"commit", "PATCH", "/uploads/", 202, "/commit"},
			{"put", "PUT", "/manifests/", 307, "/v2/a/redis/manifests/1"},
		} {
			t.Run(auth.name+" "+tt.name, func(t *testing.T) {
				other := &seen{Handler: newRegistry()}
				l := link{dial: towards(map[string]*httptest.Server{
					"example.com:443": tlsServer(
						t,
						auth.with(rerouted(newRegistry(), tt.method, tt.part, tt.status, elsewhere+tt.to)),
					),
					"www.example.com:443": tlsServer(t, other),
				}, nil)}
				_, _ = Push(
					t.Context(),
					testImage(t, 10, image.OCI),
					testTags(t, "example.com/a/redis:1"),
					PushOptions{Keychain: meAndSecret, Insecure: true, link: l},
				)
				for _, r := range other.all() {
					if strings.Count(r, " ") != 1 {
						t.Errorf("the other host got %s", r)
					}
				}
				if len(other.all()) == 0 && tt.name != "ping" {
					t.Error("the other host was not asked")
				}
			})
		}
	}
}
