// Package harness is the frame that the tests below test/ have in common: it builds the
// command under test, gives a test binary one temporary directory, and removes that
// directory and what was left in the container engine when the tests end or are
// interrupted. It is for tests only. Start with Main.
package harness

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runVariable names the run that the test binary belongs to. test/run.sh sets it.
const runVariable = "MKROOTFS_TEST_RUN"

// Main makes a temporary directory, calls setup with it, runs the tests, and returns
// their exit status. Temporary files of the tests lie in that directory too. At the end,
// or after SIGINT, SIGTERM or SIGHUP, the directory and all images and containers that
// are named by Image(name, …) are removed.
func Main(m *testing.M, name string, setup func(dir string) error) int {
	dir, err := os.MkdirTemp("", "mkrootfs-"+name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	finish := func() {
		removeFromEngine(repository(name))
		_ = os.RemoveAll(dir)
	}
	defer finish()
	onSignal(finish)
	err = os.Chmod(dir, 0o777|os.ModeSticky) // as /tmp: some tests run programs as another user
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err == nil {
		err = setup(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// onSignal kills the processes that this one has started and calls finish before a
// signal ends this process.
func onSignal(finish func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		killDescendants(os.Getpid())
		finish()
		// The engine may have been creating a container meanwhile.
		time.Sleep(time.Second)
		killDescendants(os.Getpid())
		finish()
		os.Exit(130)
	}()
}

// killDescendants kills the children of a process, their children, and so on.
func killDescendants(parent int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// proc(5): PID (COMMAND) STATE PPID …
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			continue
		}
		killDescendants(pid)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// Build builds mkrootfs in dir, as a static binary, and returns its path.
func Build(dir string) (string, error) {
	tool := filepath.Join(dir, "mkrootfs")
	build := exec.Command("go", "build", "-trimpath", "-o", tool, "github.com/mkrootfs/mkrootfs/cmd/mkrootfs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return tool, nil
}

// Image returns an image name that belongs to this run of the tests of package name.
func Image(name, tag string) string { return repository(name) + ":" + tag }

// repository is the repository of the images of one package in this run.
func repository(name string) string {
	run := os.Getenv(runVariable)
	if run == "" {
		run = "mkrootfs-test-" + strconv.Itoa(os.Getpid())
	}
	return run + "/" + name
}

// removeFromEngine removes the images of a repository, whatever registry is in their
// name, with the containers that were made from them.
func removeFromEngine(repository string) {
	containers, err := exec.Command("docker", "ps", "-a", "--format", "{{.ID}} {{.Image}}").Output()
	if err != nil {
		return
	}
	for line := range strings.Lines(string(containers)) {
		if id, image, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(image, repository+":") {
			_ = exec.Command("docker", "rm", "-f", "-v", id).Run()
		}
	}
	images, _ := exec.Command("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").Output()
	for line := range strings.Lines(string(images)) {
		if image := strings.TrimSpace(line); strings.Contains(image, repository+":") {
			_ = exec.Command("docker", "rmi", "-f", image).Run()
		}
	}
}
