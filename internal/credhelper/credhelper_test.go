package credhelper

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

const secret = "hunter2-and-more"

// helper writes a shell script and returns its path.
func helper(t *testing.T, script string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "docker-credential-fake")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestGet(t *testing.T) {
	program := helper(t, `read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"$1\",\"Secret\":\"`+secret+`\"}"`)
	got, err := Get(t.Context(), program, "registry.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if got.ServerURL != "registry.example.org" || got.Username != "get" || got.Secret != secret {
		t.Errorf("got %+v", got)
	}
}

// A helper may start an agent that keeps its output open.
func TestGetAgent(t *testing.T) {
	program := helper(t, `sleep 3 & echo "{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"`+secret+`\"}"`)
	got, err := Get(t.Context(), program, "x")
	if err != nil || got == nil || got.Secret != secret {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestGetNothing(t *testing.T) {
	got, err := Get(t.Context(), helper(t, "echo credentials not found in native keychain; exit 1"), "x")
	if got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestGetErrors checks that errors do not contain output of the helper.
func TestGetErrors(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"fails", "echo " + secret + "; echo " + secret + " >&2; exit 3", "exit status 3"},
		{"prints the library's words", "echo '`, out: `" + secret + "'; exit 1", "exit status 1"},
		{"no JSON", "echo " + secret, errOutput.Error()},
		{"another type", `echo '{"Username":"a","Secret":` + "12345678" + `}'`, errOutput.Error()},
		{"cut off", `printf '{"Username":"a","Secret":"` + secret + `'`, errOutput.Error()},
		{"nothing", "", errOutput.Error()},
		{"killed", "echo " + secret + "; kill -9 $$", "signal: killed"},
		{"too much", "yes " + secret, errTooLarge.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Get(t.Context(), helper(t, tt.script), "x")
			if got != nil || err == nil || err.Error() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "12345678")) {
				t.Errorf("the secret is in the error: %v", err)
			}
		})
	}
	_, err := Get(t.Context(), "docker-credential-nonexistent", "x")
	if err == nil || err.Error() != "executable file not found in $PATH" {
		t.Errorf("not installed: %v", err)
	}
}

// TestGetHugeOutput checks that a gigabyte of output is not read to its end.
func TestGetHugeOutput(t *testing.T) {
	program := helper(t, "head -c 1000000000 /dev/zero")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Get(t.Context(), program, "x")
	runtime.ReadMemStats(&after)
	if !errors.Is(err, errTooLarge) {
		t.Errorf("got %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16*outputLimit {
		t.Errorf("%d bytes were allocated", n)
	}
}

// A helper that hangs ends with the context, even one whose child keeps the
// pipe open.
func TestGetCancelled(t *testing.T) {
	for _, script := range []string{"echo > $STARTED; exec sleep 1000", "sleep 5 & echo > $STARTED; exec sleep 1000"} {
		started := filepath.Join(t.TempDir(), "started")
		if err := syscall.Mkfifo(started, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("STARTED", started)
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("interrupted")
		go func() {
			os.ReadFile(started) // waits for the helper to open it
			cancel(stop)
		}()
		if _, err := Get(ctx, helper(t, script), "x"); !errors.Is(err, stop) {
			t.Errorf("%s: got %v", script, err)
		}
	}
}
