//go:build linux

package zoo

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/mkrootfs/mkrootfs/test/subject"
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
		if err := enter(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(125)
		}
		os.Exit(0)
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
	goTool, err := exec.LookPath("go")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if tool, err = subject.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// A row compiles a program, with the Go that is here.
	if err := errors.Join(os.Setenv("GO", goTool), os.Setenv("PATH", searchPath)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
