package publish

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// pingTimeout limits the time in which an engine has to answer. systemd may start
// podman's only on the first connection to its socket.
const pingTimeout = 5 * time.Second

// Engine is a docker or podman service that has answered.
type Engine struct {
	Host string // as it was named: unix:///var/run/docker.sock
	Name string // "docker" or "podman"

	base   string // of request URLs, without a slash at the end
	client *http.Client
}

// endpoint is the address of an engine and how to connect to it.
type endpoint struct {
	host, source string
	tls          bool   // tcp means https
	certs        string // directory of ca.pem, cert.pem, key.pem
	skipVerify   bool
	dial         dialer // nil: by the scheme; tests set it
}

func (e endpoint) String() string {
	if e.source == "" {
		return e.host
	}
	return e.source + " " + e.host
}

// connect returns an engine without connecting to it. The schemes are those of
// docker's DOCKER_HOST (moby, client.ParseHostURL).
func (e endpoint) connect() (*Engine, error) {
	scheme, address, ok := strings.Cut(e.host, "://")
	if !ok || address == "" {
		return nil, fmt.Errorf("%s: must be a URL, such as unix:///var/run/docker.sock or tcp://HOST:2375", e)
	}
	t := &http.Transport{WriteBufferSize: 256 << 10, DisableCompression: true, MaxResponseHeaderBytes: headerLimit}
	engine := &Engine{Host: e.host, Name: "docker", client: &http.Client{Transport: t, CheckRedirect: stay}}
	dial := new(net.Dialer).DialContext
	switch scheme {
	case "unix":
		engine.base = "http://localhost"
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", address)
		}
	case "tcp", "http", "https":
		if err := e.connectTCP(engine, t); err != nil {
			return nil, err
		}
	default:
		return nil, unsupported(e, scheme)
	}
	if e.dial != nil {
		dial = e.dial
	}
	// Only sending has a limit: an engine may take any time to unpack what it
	// was sent, and ping has a limit of its own.
	t.DialContext = stalling(dial, false)
	return engine, nil
}

// stay is the CheckRedirect of an engine: redirects are not followed.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// connectTCP sets the fields of engine and t for an address in a network.
func (e endpoint) connectTCP(engine *Engine, t *http.Transport) error {
	u, err := url.Parse(e.host)
	if err != nil {
		return fmt.Errorf("%s: %w", e, err)
	}
	secure := u.Scheme == "https" || u.Scheme == "tcp" && e.tls
	port := "2375" // docker's registered ports
	if secure {
		port = "2376"
		if t.TLSClientConfig, err = e.tlsConfig(); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
	}
	if u.Scheme == "tcp" && u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	u.Scheme = map[bool]string{false: "http", true: "https"}[secure]
	t.Proxy = http.ProxyFromEnvironment
	engine.base = strings.TrimSuffix(u.String(), "/")
	return nil
}

// tlsConfig reads docker's three files. Each of them is optional; without ca.pem
// the authorities of the system are used.
func (e endpoint) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: e.skipVerify}
	if e.certs == "" {
		return c, nil
	}
	ca, err := e.certificate("ca.pem")
	if err != nil {
		return nil, err
	}
	if ca != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s: contains no certificate", filepath.Join(e.certs, "ca.pem"))
		}
	}
	cert, err := e.certificate("cert.pem")
	if err != nil {
		return nil, err
	}
	key, err := e.certificate("key.pem")
	if err != nil || cert == nil || key == nil {
		return c, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s: cert.pem and key.pem: %w", e.certs, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// certificate reads one of the three files. It returns nil if it does not exist.
func (e endpoint) certificate(name string) ([]byte, error) {
	b, err := bounded.ReadHostFile(filepath.Join(e.certs, name), bounded.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// ping checks that the engine answers and finds out whether it is podman.
func (e *Engine) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base+"/_ping", nil)
	if err != nil {
		return err
	}
	res, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(failure(res))
	}
	if res.Header.Get("Libpod-Api-Version") != "" {
		e.Name = "podman"
	}
	// The answer is read to its end so that the connection can be used again.
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<10))
	return err
}
