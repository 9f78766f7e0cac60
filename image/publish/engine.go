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
	"os"
	"path/filepath"
	"strings"
	"time"
)

// pingTimeout is how long an engine may take to say that it is there. podman's
// may be started by systemd only when its socket is connected to.
const pingTimeout = 5 * time.Second

// Engine is a docker or podman service that has answered.
type Engine struct {
	Host string // as it was named: unix:///var/run/docker.sock
	Name string // "docker" or "podman"

	base   string // of request URLs, without a slash at the end
	client *http.Client
}

// endpoint is where an engine may be.
type endpoint struct {
	host, source string
	tls          bool   // tcp means https
	certs        string // directory of ca.pem, cert.pem, key.pem
	skipVerify   bool
}

func (e endpoint) String() string {
	if e.source == "" {
		return e.host
	}
	return e.source + " " + e.host
}

// connect prepares an engine without talking to it. The schemes are those of
// docker's DOCKER_HOST (moby, client.ParseHostURL).
func (e endpoint) connect() (*Engine, error) {
	scheme, address, ok := strings.Cut(e.host, "://")
	if !ok || address == "" {
		return nil, fmt.Errorf("%s: must be a URL, such as unix:///var/run/docker.sock or tcp://HOST:2375", e)
	}
	t := &http.Transport{WriteBufferSize: 256 << 10, DisableCompression: true}
	engine := &Engine{Host: e.host, Name: "docker", client: &http.Client{Transport: t}}
	switch scheme {
	case "unix":
		engine.base = "http://localhost"
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", address)
		}
		return engine, nil
	case "tcp", "http", "https":
		return engine, e.connectTCP(engine, t)
	}
	return nil, unsupported(e, scheme)
}

// connectTCP fills in what an address in a network needs.
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

// tlsConfig reads docker's three files, of which each may be missing: without
// ca.pem the system's authorities count.
func (e endpoint) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: e.skipVerify}
	if e.certs == "" {
		return c, nil
	}
	ca, err := os.ReadFile(filepath.Join(e.certs, "ca.pem"))
	if err == nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s: holds no certificate", filepath.Join(e.certs, "ca.pem"))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(e.certs, "cert.pem"), filepath.Join(e.certs, "key.pem"))
	if err == nil {
		c.Certificates = []tls.Certificate{pair}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return c, nil
}

// ping asks whether anyone is there, and who.
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
	// To its end, so that the connection serves the next request.
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<10))
	return err
}
