package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool is the command under test, built once.
var tool string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mkrootfs-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	tool = filepath.Join(dir, "mkrootfs")
	build := exec.Command("go", "build", "-trimpath", "-o", tool, "github.com/mkrootfs/mkrootfs/cmd/mkrootfs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// lack skips the test, or fails it where everything must be here.
func lack(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MKROOTFS_E2E") == "1" {
		t.Fatalf("%s: not here, and MKROOTFS_E2E=1 insists", what)
	}
	t.Skipf("%s: not here", what)
}

// need returns the path of a program.
func need(t *testing.T, program string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		p := filepath.Join(dir, program)
		if info, err := os.Stat(p); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return p
		}
	}
	lack(t, program)
	return ""
}

// docker returns a docker command whose engine answers.
func docker(t *testing.T) string {
	t.Helper()
	for _, dir := range append([]string{"/usr/bin"}, filepath.SplitList(os.Getenv("PATH"))...) {
		p := filepath.Join(dir, "docker")
		if exec.Command(p, "version").Run() == nil {
			return p
		}
	}
	lack(t, "a docker engine")
	return ""
}

// run runs a command in dir and returns its stdout; a failure ends the test.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, stderr, err := try(dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr)
	}
	return out
}

func try(dir, name string, args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}
