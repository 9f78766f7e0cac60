//go:build linux

package zoo

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tool is the command under test, built once.
var tool string

// searchPath keeps private copies of programs that a user may have out of the
// images: the rows know Debian's.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// atOnce is how many rows run at the same time: they wait more than they work.
const atOnce = "6"

func TestMain(m *testing.M) {
	if os.Getenv(insideVariable) != "" {
		fmt.Fprintln(os.Stderr, enter())
		os.Exit(125)
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "mkrootfs-zoo")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	tool = filepath.Join(dir, "mkrootfs")
	goTool, err := exec.LookPath("go")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	build := exec.Command(goTool, "build", "-trimpath", "-o", tool, "github.com/mkrootfs/mkrootfs/cmd/mkrootfs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	// A row compiles a program, with the Go that is here.
	if err := errors.Join(os.Setenv("GO", goTool), os.Setenv("PATH", searchPath)); err != nil {
		fmt.Fprintln(os.Stderr, err)
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
