package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeContext stores a docker context as `docker context create` does.
func writeContext(t *testing.T, config, name, host string) (tlsDir string) {
	t.Helper()
	id := sha256.Sum256([]byte(name))
	dir := hex.EncodeToString(id[:])
	writeFile(t, filepath.Join(config, "contexts/meta", dir, "meta.json"),
		`{"Name":"`+name+`","Metadata":{},"Endpoints":{"docker":{"Host":"`+host+`","SkipTLSVerify":false}}}`)
	return filepath.Join(config, "contexts/tls", dir, "docker")
}

func TestFindOrder(t *testing.T) {
	a, b := "unix://"+fakeEngine(t, nil), "unix://"+fakeEngine(t, nil)
	config := t.TempDir()
	writeFile(t, filepath.Join(config, "config.json"), `{"currentContext":"work"}`)
	writeContext(t, config, "work", a)
	writeContext(t, config, "other", b)
	gone := "unix:///nonexistent/docker.sock"
	tests := []struct {
		name    string
		env     []string
		sockets []string
		want    string
	}{
		{
			"DOCKER_HOST first",
			[]string{"DOCKER_HOST", b, "CONTAINER_HOST", gone, "DOCKER_CONTEXT", "none", "DOCKER_CONFIG", config},
			nil,
			b,
		},
		{
			"DOCKER_CONTEXT",
			[]string{"DOCKER_CONTEXT", "other", "CONTAINER_HOST", gone, "DOCKER_CONFIG", config},
			nil,
			b,
		},
		{"default context", []string{"DOCKER_CONTEXT", "default"}, []string{b}, b},
		{"CONTAINER_HOST", []string{"CONTAINER_HOST", b, "DOCKER_CONFIG", config}, nil, b},
		{"current context", []string{"DOCKER_CONFIG", config}, []string{b}, a},
		{"sockets", nil, []string{"/nonexistent", b}, b},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, s := range tt.sockets {
				tt.sockets[i] = strings.TrimPrefix(s, "unix://")
			}
			e, err := Lookup{Getenv: env(tt.env...), Sockets: tt.sockets}.Find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if e.Host != tt.want || e.Name != "docker" {
				t.Errorf("found %s %s, want %s", e.Name, e.Host, tt.want)
			}
		})
	}
}

func TestUsualSockets(t *testing.T) {
	got := strings.Join(Lookup{Getenv: env("HOME", "/h", "XDG_RUNTIME_DIR", "/r")}.sockets(), " ")
	want := "/var/run/docker.sock /r/docker.sock /h/.docker/run/docker.sock /h/.docker/desktop/docker.sock " +
		"/run/podman/podman.sock /r/podman/podman.sock"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(
		Lookup{Getenv: env()}.sockets(),
		" ",
	); got != "/var/run/docker.sock /run/podman/podman.sock" {
		t.Errorf("got %s", got)
	}
}

func TestFindNone(t *testing.T) {
	dir := t.TempDir()
	// A socket without a listener.
	dead := filepath.Join(dir, "dead")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	_, err = Lookup{Getenv: env(), Sockets: []string{filepath.Join(dir, "gone"), dead}}.Find(t.Context())
	var none *NoEngineError
	if !errors.As(err, &none) || len(none.Tried) != 2 || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %#v", err)
	}
	want := "no container engine answers: " + dir + "/gone: does not exist; " + dead + ": connection refused"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestFindErrors(t *testing.T) {
	config := t.TempDir()
	writeContext(t, config, "hostless", "")
	notEngine := httptest.NewServer(http.NotFoundHandler())
	defer notEngine.Close()
	tests := []struct {
		name string
		env  []string
		want string
	}{
		{
			"not there",
			[]string{"DOCKER_HOST", "unix:///nonexistent/s"},
			"no container engine answers: /nonexistent/s (DOCKER_HOST): does not exist",
		},
		{
			"ssh",
			[]string{"DOCKER_HOST", "ssh://me@host"},
			"DOCKER_HOST ssh://me@host: ssh is not supported; forward the socket",
		},
		{"npipe", []string{"DOCKER_HOST", "npipe:////./pipe/docker_engine"}, "must begin with unix://"},
		{"no URL", []string{"CONTAINER_HOST", "/run/podman.sock"}, "CONTAINER_HOST /run/podman.sock: must be a URL"},
		{"bad URL", []string{"DOCKER_HOST", "tcp://a:b:c"}, "DOCKER_HOST tcp://a:b:c: "},
		{
			"no context",
			[]string{"DOCKER_CONTEXT", "gone", "DOCKER_CONFIG", config},
			`docker context "gone" (DOCKER_CONTEXT): no such context`,
		},
		{
			"context without a host",
			[]string{"DOCKER_CONTEXT", "hostless", "DOCKER_CONFIG", config},
			"it does not name a docker engine",
		},
		{"something else listens", []string{"DOCKER_HOST", notEngine.URL}, "404 Not Found"},
		{
			"certificates",
			[]string{"DOCKER_HOST", "tcp://localhost:1", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", "/dev/null"},
			"not a directory",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Lookup{Getenv: env(tt.env...)}.Find(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant …%s…", err, tt.want)
			}
		})
	}
}

func TestFindTCP(t *testing.T) {
	s := httptest.NewServer(engineHandler(nil))
	defer s.Close()
	for _, host := range []string{s.URL, strings.Replace(s.URL, "http", "tcp", 1)} {
		if _, err := (Lookup{Getenv: env("DOCKER_HOST", host)}).Find(t.Context()); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestFindTLS(t *testing.T) {
	s := httptest.NewTLSServer(engineHandler(nil))
	defer s.Close()
	host := strings.Replace(s.URL, "https", "tcp", 1)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	certs := t.TempDir()
	writeFile(t, filepath.Join(certs, "ca.pem"), ca)
	config := t.TempDir()
	writeFile(t, filepath.Join(writeContext(t, config, "tls", host), "ca.pem"), ca)
	for _, kv := range [][]string{
		{"DOCKER_HOST", host, "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", certs},
		{"DOCKER_CONTEXT", "tls", "DOCKER_CONFIG", config},
	} {
		if _, err := (Lookup{Getenv: env(kv...)}).Find(t.Context()); err != nil {
			t.Errorf("%v: %v", kv, err)
		}
	}
	_, err := Lookup{Getenv: env("DOCKER_HOST", host, "DOCKER_TLS_VERIFY", "1", "HOME", t.TempDir())}.Find(t.Context())
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority was accepted: %v", err)
	}
}

func TestFindPodman(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Libpod-API-Version", "4.3.1")
	}))
	defer s.Close()
	e, err := Lookup{Getenv: env("CONTAINER_HOST", s.URL)}.Find(t.Context())
	if err != nil || e.Name != "podman" {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	cancel(stop)
	_, err := Lookup{Getenv: env(), Sockets: []string{"/nonexistent"}}.Find(ctx)
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
