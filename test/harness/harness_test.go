package harness

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// childVariable is set in the test binary that TestInterrupt starts.
const childVariable = "MKROOTFS_HARNESS_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	os.Exit(Main(m, "harness", func(string) error { return nil }))
}

// TestInterrupt interrupts a test binary: its directory and its processes are removed.
func TestInterrupt(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dir string
	var pid int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "child %s %d", &dir, &pid); n == 2 {
			break
		}
	}
	if _, err := os.Stat(dir); err != nil || pid == 0 {
		t.Errorf("before: %q, %d, %v", dir, pid, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit status %d", got)
	}
	if top := filepath.Dir(filepath.Dir(dir)); !strings.Contains(top, "mkrootfs-harness") {
		t.Errorf("the temporary directory of the test is %s", dir)
	} else if _, err := os.Lstat(top); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", top, err)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("process %d is left", pid)
	}
}

// TestChild starts a process that does not end and prints its own directory and the
// process.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("only TestInterrupt runs it")
	}
	sleep := exec.Command("sleep", "1000")
	sleep.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("child %s %d\n", t.TempDir(), sleep.Process.Pid)
	_ = sleep.Wait()
	select {}
}

func TestImage(t *testing.T) {
	t.Setenv(runVariable, "")
	if got, want := Image("e2e", "a"), fmt.Sprintf("mkrootfs-test-%d/e2e:a", os.Getpid()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	t.Setenv(runVariable, "mkrootfs-test-7")
	if got := Image("e2e", "a"); got != "mkrootfs-test-7/e2e:a" {
		t.Errorf("got %s", got)
	}
}
