//go:build linux

package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

var (
	tool    string // the command under test
	scratch string // a directory that every user can enter
)

func TestMain(m *testing.M) {
	if limits := os.Getenv(limitsVariable); limits != "" {
		os.Exit(execLimited(limits))
	}
	os.Exit(harness.Main(m, "hostile", func(dir string) (err error) {
		scratch = dir
		if named := os.Getenv("MKROOTFS_TOOL"); named != "" {
			tool, err = filepath.Abs(named)
			return err
		}
		tool, err = harness.Build(dir)
		return err
	}))
}

// The limits of every run of the command. A Go program reserves more addresses
// than it uses: an ordinary run ends with an error of the runtime below 0.8 GB
// of address space, so the limit of RLIMIT_AS leaves room for that, and what was
// in use is read from the rusage of the process.
const (
	maxCPU       = 30 * time.Second // what ends the process; tests ask for less
	maxAddresses = 2 << 30
	guard        = time.Minute // for a command that blocks for ever

	limitsVariable = "MKROOTFS_HOSTILE_LIMITS"
)

// execLimited sets the limits of this process, the test binary, and executes the command in
// its arguments.
func execLimited(limits string) int {
	var cpu, addresses uint64
	_, err := fmt.Sscanf(limits, "%d %d", &cpu, &addresses)
	for resource, n := range map[int]uint64{unix.RLIMIT_CPU: cpu, unix.RLIMIT_AS: addresses, unix.RLIMIT_CORE: 0} {
		if err == nil {
			err = syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n})
		}
	}
	if err == nil {
		os.Unsetenv(limitsVariable)
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "limits:", err)
	return 99
}

// job is a run of the command.
type job struct {
	dir  string   // where it runs
	env  []string // besides PATH, HOME and TMPDIR, which is dir/tmp
	with []string // the program and arguments that start the command, such as strace's
	args []string
}

// command returns the command of j, which has not been started.
func (j job) command(ctx context.Context) *exec.Cmd {
	args := append(append([]string{}, j.with...), tool)
	cmd := exec.CommandContext(ctx, os.Args[0], append(args, j.args...)...)
	cmd.Dir = j.dir
	cmd.Env = append([]string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent", "TMPDIR=" + j.dir + "/tmp",
		fmt.Sprintf("%s=%d %d", limitsVariable, int(maxCPU.Seconds()), maxAddresses),
	}, j.env...)
	// What strace runs has to end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// outcome is how a run of the command ended.
type outcome struct {
	code     int // -1 after a signal
	signal   syscall.Signal
	out, err string
	cpu      time.Duration
	memory   int64
}

// end is the exit status or the signal.
func (o outcome) end() string {
	if o.code < 0 {
		return o.signal.String()
	}
	return fmt.Sprintf("exit status %d", o.code)
}

// String is the outcome in one line.
func (o outcome) String() string {
	return fmt.Sprintf("%s, %v of CPU, %d MB, %d bytes of answer, messages: %.400q", o.end(), o.cpu.Round(time.Millisecond), o.memory>>20, len(o.out), o.err)
}

// run runs j to its end and checks what holds for every run: a documented exit status and
// no stack trace.
func (j job) run(t *testing.T) outcome {
	t.Helper()
	o := j.try(t, nil)
	if complaint := o.complaint(); complaint != "" {
		t.Errorf("%s: %s\n%s\n%.1200s", complaint, o, strings.Join(j.args, " "), o.err)
	}
	return o
}

// try runs j to its end. It calls started, if not nil, as soon as the process exists.
func (j job) try(t *testing.T, started func(*os.Process)) outcome {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), guard)
	defer stop()
	cmd := j.command(ctx)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	forgetPeak(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if started != nil {
		started(cmd.Process)
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("still running after %v: %s", guard, strings.Join(j.args, " "))
	}
	o := outcomeOf(cmd.ProcessState)
	o.out, o.err = out.String(), errs.String()
	return o
}

func outcomeOf(state *os.ProcessState) outcome {
	o := outcome{code: state.ExitCode(), cpu: state.UserTime() + state.SystemTime()}
	o.memory = state.SysUsage().(*syscall.Rusage).Maxrss << 10
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		o.signal = status.Signal()
	}
	return o
}

// traces are the beginnings of what the Go runtime writes before it ends a
// process.
var traces = []string{"goroutine ", "panic:", "fatal error", "runtime: "}

// complaint describes what is wrong with a run whatever its input, "" if nothing is.
func (o outcome) complaint() string {
	for _, trace := range traces {
		if strings.Contains(o.err, trace) {
			return "a trace of the runtime"
		}
	}
	switch {
	case strings.Contains(o.err, "internal error"):
		return "a panic, though reported in one line"
	case o.code == 0 || o.code == 1, o.signal == syscall.SIGINT:
		return ""
	case o.signal == syscall.SIGKILL && o.cpu > maxCPU*9/10:
		return "more CPU time than allowed"
	}
	return "neither exit status 0 nor 1"
}

// errorLines are the lines of stderr that say why a run failed.
func (o outcome) errorLines() []string {
	var lines []string
	for line := range strings.Lines(o.err) {
		if strings.HasPrefix(line, "mkrootfs: error: ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// maxErrors is how many lines may say why a run failed: one for each library
// that cannot be read, for instance.
const maxErrors = 10

// failsClearly checks that a run that failed says why.
func (o outcome) failsClearly(t *testing.T) {
	t.Helper()
	if n := len(o.errorLines()); o.code != 0 && (n < 1 || n > maxErrors) {
		t.Errorf("%d lines say why it failed: %s", n, o)
	}
}

// forgetPeak resets the peak of the memory of this process, which its children inherit.
func forgetPeak(t *testing.T) {
	t.Helper()
	if peak() < 48<<20 {
		return
	}
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		testenv.Skip(t, "%v", err)
	}
}

// peak is the most memory that this process has had in use.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 1 << 62
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kilobytes int64
	_, _ = fmt.Sscan(string(rest), &kilobytes)
	return kilobytes << 10
}

// count returns the number of rounds in a variable. The default is few, or many with
// MKROOTFS_E2E=1.
func count(t *testing.T, variable string, few, many int) int {
	t.Helper()
	text := os.Getenv(variable)
	switch {
	case text == "all":
		return 1 << 30
	case text == "" && testenv.IsStrict():
		return many
	case text == "":
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// random returns the random numbers of a test, the same in every run.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	if text := os.Getenv("MKROOTFS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("MKROOTFS_SEED: %v", err)
		}
		seed = n
	}
	return rand.New(rand.NewPCG(seed, 0))
}

// place returns a new directory, which every user can enter, with a directory
// tmp for temporary files.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "") //nolint:usetesting // t.TempDir is the owner's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	harness.Mkdir(t, dir+"/tmp")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sparse writes a file that has size bytes and no blocks but for those of head.
func sparse(t *testing.T, name string, size int64, head []byte) {
	t.Helper()
	harness.Write(t, name, head, 0o644)
	switch err := os.Truncate(name, size); {
	case errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EINVAL):
		testenv.Skip(t, "a sparse file of %d bytes: %v", size, err)
	case err != nil:
		t.Fatal(err)
	}
}
