package publish

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image/dockerflag"
)

// fakeEngine listens on a socket and answers as an engine does.
func fakeEngine(t *testing.T, load http.HandlerFunc) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: engineHandler(load)}}
	s.Start()
	t.Cleanup(s.Close)
	return socket
}

func engineHandler(load http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_ping", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") })
	if load != nil {
		mux.HandleFunc("POST /images/load", load)
	}
	return mux
}

// env returns the Getenv of a Lookup.
func env(kv ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(kv); i += 2 {
			if kv[i] == key {
				return kv[i+1]
			}
		}
		return ""
	}
}

func find(t *testing.T, load http.HandlerFunc) *Engine {
	t.Helper()
	e, err := Lookup{Getenv: env("DOCKER_HOST", "unix://"+fakeEngine(t, load))}.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func testTags(t *testing.T, values ...string) []name.Tag {
	t.Helper()
	tags, err := dockerflag.ParseTags(values...)
	if err != nil {
		t.Fatal(err)
	}
	return tags
}

// testLayer returns a tar with a file of size bytes, uncompressed and compressed.
func testLayer(t *testing.T, size int) (raw, stored []byte) {
	t.Helper()
	content := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(content)
	var b, z bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(
		&tar.Header{Typeflag: tar.TypeReg, Name: "hello", Mode: 0o755, Size: int64(size)},
	); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(&z)
	if _, err := zw.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), z.Bytes()
}

func sum(b []byte) v1.Hash {
	h := sha256.Sum256(b)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h[:])}
}

// errRefused is the error for a port without a listener.
var errRefused = os.NewSyscallError("connect", syscall.ECONNREFUSED)

func mustAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
