package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// tool is the command under test, built once.
var tool string

func TestMain(m *testing.M) {
	os.Exit(harness.Main(m, "e2e", func(dir string) (err error) {
		tool, err = harness.Build(dir)
		return err
	}))
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
	testenv.Skip(t, "%s: not here", "a docker engine")
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
