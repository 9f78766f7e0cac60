package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// TestInterruptedRun sends signals to test/run.sh, with which make test runs the tests.
// No process, no directory, no image and no container of the run may be left.
func TestInterruptedRun(t *testing.T) {
	testenv.Tool(t, "bash")
	d := docker(t)
	image := harness.Image("e2e", "interrupted")
	testenv.Tool(t, "busybox")
	run(t, t.TempDir(), tool, "busybox", "--cmd", "busybox sleep 1000", "-t", image, "--load")
	t.Cleanup(func() { _, _, _ = try("", d, "rmi", "-f", image) })

	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) { interruptRun(t, d, image, sig) })
	}
}

func interruptRun(t *testing.T, docker, image string, sig syscall.Signal) {
	const script = `set -e
docker tag "$0" "$MKROOTFS_TEST_RUN/x:1"
docker run -d "$MKROOTFS_TEST_RUN/x:1" >/dev/null
mkdir "$TMPDIR/d" && touch "$TMPDIR/d/f" && chmod 0 "$TMPDIR/d"
echo "$TMPDIR $MKROOTFS_TEST_RUN $$"
exec sleep 1000`
	cmd := exec.Command("../run.sh", "bash", "-c", script, image)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got, want := cmd.ProcessState.ExitCode(), 128+int(sig); got != want {
		t.Errorf("exit status %d, want %d", got, want)
	}
	if _, err := os.Lstat(words[0]); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", words[0], err)
	}
	if _, err := os.Stat("/proc/" + words[2]); !os.IsNotExist(err) {
		t.Errorf("process %s is left: %v", words[2], err)
	}
	containers := run(t, "", docker, "ps", "-a", "--format", "{{.Image}} {{.Names}}")
	images := run(t, "", docker, "images", "--format", "{{.Repository}}")
	if strings.Contains(containers+images, words[1]) {
		t.Errorf("%s is left in the engine:\n%s%s", words[1], containers, images)
	}
}
