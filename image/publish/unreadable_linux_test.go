package publish

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// If it is unknown whether there are certificates, that is an error: without them
// the connection would not be encrypted.
func TestContextCertificatesUnreadable(t *testing.T) {
	config := t.TempDir()
	certs := writeContext(t, config, "c", "tcp://127.0.0.1:1")
	parent := filepath.Dir(certs)
	if err := os.MkdirAll(certs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(parent, 0o700) })
	var err error
	testenv.AsNobody(t, config, func() {
		_, err = Lookup{Getenv: env("DOCKER_CONFIG", config, "DOCKER_CONTEXT", "c")}.Find(t.Context())
	})
	var ce *ContextError
	if !errors.As(err, &ce) || ce.Path != certs || !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}
