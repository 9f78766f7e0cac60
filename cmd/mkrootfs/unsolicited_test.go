package main

import (
	"debug/elf"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// TestUnsolicitedResponse checks that the unsolicited response of a registry, which
// package net/http logs, is not printed.
func TestUnsolicitedResponse(t *testing.T) {
	reg := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nUNSOLICITED " + strings.Repeat("x", 4096)))
		_ = conn.Close()
	}))
	defer reg.Close()
	t.Chdir(t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	program := elftest.File{Static: true, Type: elf.ET_EXEC}
	if err := os.WriteFile("prog", program.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("mkrootfs", "./prog", "-t", strings.TrimPrefix(reg.URL, "http://")+"/x:1", "--push").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "mkrootfs: error: ") || strings.Contains(string(said), "UNSOLICITED") {
		t.Errorf("%v: %s", err, said)
	}
}
