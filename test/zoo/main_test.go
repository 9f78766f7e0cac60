//go:build linux

package zoo

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/mkrootfs/mkrootfs/test/harness"
)

// tool is the command under test, built once.
var tool string

// toolVariable names a command to be tested in place of the one that is built.
const toolVariable = "MKROOTFS_TOOL"

// searchPath leaves out private copies of programs: the rows are written for Debian's.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// parallelRows is how many rows run at the same time. They spend most of it waiting.
const parallelRows = "6"

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
	if err := flag.Set("test.parallel", parallelRows); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return harness.Main(m, "zoo", func(dir string) error {
		goTool, err := exec.LookPath("go")
		if err != nil {
			return err
		}
		if tool = os.Getenv(toolVariable); tool == "" {
			if tool, err = harness.Build(dir); err != nil {
				return err
			}
		}
		// Some rows compile a Go program.
		return errors.Join(os.Setenv("GO", goTool), os.Setenv("PATH", searchPath))
	})
}
