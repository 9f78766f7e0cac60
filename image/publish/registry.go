package publish

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

// answerLimit is the number of bytes of a registry's answer that are read; the rest
// is cut off. go-containerregistry reads no more of tokens and errors, and does not
// ask for anything larger.
const answerLimit = 64 << 10

// plainHTTPError reports that plain HTTP to a host was refused.
type plainHTTPError struct {
	host     string // with the port, if the URL has one
	resolved string // where its name leads, for one that should be this machine
}

func (e *plainHTTPError) Error() string {
	if e.resolved != "" {
		return fmt.Sprintf("%s is %s, not this machine: plain HTTP is refused", e.host, e.resolved)
	}
	return e.host + ": plain HTTP is refused"
}

// registryTransport sends the requests of one Push. It refuses plain HTTP, which
// go-containerregistry falls back to for private addresses and which a redirect or
// the token server of a registry may use.
type registryTransport struct {
	secure, plain *http.Transport
	insecure      bool
	pace          *pace
	// sentManifest is set before a manifest is sent: from then on the registry
	// may have its tag.
	sentManifest atomic.Bool
}

func newRegistryTransport(insecure bool, l link) *registryTransport {
	proxy := http.ProxyFromEnvironment
	if l.dial == nil {
		l.dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	} else {
		proxy = nil
	}
	secure := &http.Transport{
		Proxy:                  proxy,
		DialContext:            stalling(l.dial, true),
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: insecure, RootCAs: l.roots},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        stallLimit / 2, // before the stall of one that has nothing to do
		MaxResponseHeaderBytes: headerLimit,
		DisableCompression:     true,
	}
	plain := secure.Clone()
	if !insecure {
		plain.Proxy, plain.DialContext = nil, onlyLoopback(secure.DialContext)
	}
	return &registryTransport{
		secure: secure, plain: plain, insecure: insecure, pace: &pace{places: make(map[string]delay)},
	}
}

// RoundTrip sends a request. A refusal is a *plainHTTPError.
func (t *registryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	place := req.URL.Scheme + "://" + req.URL.Host
	if err := t.admit(req, place); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as a RoundTripper has to
		}
		return nil, err
	}
	if req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/manifests/") {
		t.sentManifest.Store(true)
	}
	inner := t.secure
	if req.URL.Scheme == "http" {
		inner = t.plain
	}
	res, err := inner.RoundTrip(req)
	t.pace.note(place, res, err)
	if err != nil {
		return nil, err
	}
	res.Body = cutBody{io.LimitReader(res.Body, answerLimit), res.Body}
	if isTokenRequest(req) {
		if err := checkToken(res); err != nil {
			_ = res.Body.Close()
			return nil, err
		}
	}
	return res, nil
}

// admit waits until the request may be sent, or returns why it must not be.
func (t *registryTransport) admit(req *http.Request, place string) error {
	if req.URL.Scheme == "http" && !t.insecure && !isLoopbackName(req.URL.Hostname()) {
		return &plainHTTPError{host: req.URL.Host}
	}
	return t.pace.wait(req.Context(), place)
}

// close closes idle connections.
func (t *registryTransport) close() {
	t.secure.CloseIdleConnections()
	t.plain.CloseIdleConnections()
}

// cutBody is the body of an answer of which only the first bytes can be read.
type cutBody struct {
	io.Reader
	io.Closer
}

// isLoopbackName reports whether host is a loopback address, or a name that must
// resolve to one (RFC 6761, 6.3). onlyLoopback checks that it does.
func isLoopbackName(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// onlyLoopback returns dial restricted to addresses of this machine.
func onlyLoopback(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		a, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err == nil && a.Addr().Unmap().IsLoopback() {
			return c, nil
		}
		_ = c.Close()
		return nil, &plainHTTPError{host: address, resolved: c.RemoteAddr().String()}
	}
}

// boundTransport sends requests under ctx instead of their own context, since some
// functions of remote take none.
type boundTransport struct {
	ctx context.Context
	*registryTransport
}

// RoundTrip sends a request under the context.
func (t boundTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.registryTransport.RoundTrip(req.WithContext(t.ctx))
}
