package main

import (
	"bytes"
	"context"
	"debug/elf"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// interruptedRun packs a program with args and a fake engine, and returns the messages.
// loaded is called when the engine has the whole archive.
func interruptedRun(t *testing.T, ctx context.Context, loaded func(http.ResponseWriter, *http.Request), args ...string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, v := range []string{"HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "TMPDIR"} {
		t.Setenv(v, t.TempDir())
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_HOST", "unix://"+l.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /images/load", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		loaded(w, r)
	})
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}}
	s.Start()
	defer s.Close()
	program := elftest.File{Static: true, Type: elf.ET_EXEC}
	if err := os.WriteFile("prog", program.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	if status := run(ctx, append([]string{"./prog", "-o", "out.tar"}, args...), strings.NewReader(""), &out, &said); status != exitFailed {
		t.Errorf("status %d", status)
	}
	if _, err := os.Stat("out.tar"); err == nil {
		t.Error("a file was written")
	}
	return strings.ReplaceAll(said.String(), "unix://"+l.Addr().String(), "ENGINE")
}

// TestInterruptedLoad checks the message if the engine may have loaded the image.
func TestInterruptedLoad(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	said := interruptedRun(t, ctx, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}, "-t", "p:1", "--load")
	want := "mkrootfs: error: interrupted; ENGINE received the whole image and may have stored it; unchanged: out.tar\n"
	if said != want {
		t.Errorf("got  %s\nwant %s", said, want)
	}
}

// TestInterruptedPush checks that the message lists the engine and the registry that
// have the image.
func TestInterruptedPush(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	reg := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/2") {
			io.Copy(io.Discard, r.Body) // or the end of the connection goes unseen
			cancel()
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer reg.Close()
	host := strings.TrimPrefix(reg.URL, "http://")
	said := interruptedRun(t, ctx, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"stream":"Loaded image: p:1\n"}`)
	}, "-t", host+"/p:1", "-t", host+"/p:2", "--load", "--push")
	want := "mkrootfs: error: interrupted; already written: docker at ENGINE, HOST/p:1; " +
		"HOST/p:2 received the whole image and may have stored it; unchanged: out.tar\n"
	if said = strings.ReplaceAll(said, host, "HOST"); said != want {
		t.Errorf("got  %s\nwant %s", said, want)
	}
}

// TestRefusedPush checks that the message lists the registry that has the image if
// another one refuses it.
func TestRefusedPush(t *testing.T) {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	takes := httptest.NewServer(inner)
	defer takes.Close()
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	first, second := strings.TrimPrefix(takes.URL, "http://"), strings.TrimPrefix(refuses.URL, "http://")
	said := interruptedRun(t, t.Context(), nil, "-t", first+"/p:1", "-t", second+"/p:1", "--push")
	said = strings.NewReplacer(first, "FIRST", second, "SECOND").Replace(said)
	text, digest, _ := strings.Cut(said, "@sha256:")
	if want := "mkrootfs: error: SECOND/p:1: the registry answered 404 Not Found; already written: FIRST/p"; text != want || !strings.HasSuffix(digest, "; unchanged: out.tar\n") {
		t.Errorf("got  %s\nwant %s…", said, want)
	}
}
