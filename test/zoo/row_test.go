//go:build linux

package zoo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kballard/go-shellquote"
)

// row is a program: how it is packed, and what it must do in the image.
type row struct {
	name     string
	packages string            // Debian packages, except those of every Debian system
	files    map[string]string // written where mkrootfs runs; those with "#!" are executable
	before   string            // a command of bash there, before packing
	pack     string            // the natural command: arguments of mkrootfs, as words of a shell

	// A row with a reason does not work the first time. It works with the further arguments, if there are any.
	why string // the reason
	add string // further arguments of mkrootfs, as words of a shell

	beside string // a command of bash: a server beside the container, which shares the host's network
	run    string // the command in the image, as words of a shell; "" is the image's own
	stdin  string
	probe  string // a command of bash that asks the server in the image at $IP
	want   string // what run or probe prints, a regular expression
	fails  bool   // the exit status does not matter
}

// limit is the time after which a run of an image that hangs is ended.
const limit = 60 * time.Second

// world is a place where images run.
type world interface {
	// image packs dir's program by the arguments of mkrootfs.
	image(dir string, args []string) (image, error)
}

// image is a packed program.
type image interface {
	// run runs a command, nil the image's own, and returns all that it printed.
	run(ctx context.Context, cmd []string, stdin string, hostNet bool) (string, error)
	// start runs it in the background.
	start(ctx context.Context, cmd []string) (server, error)
	remove()
}

// errEnded is the error for a server that has ended.
var errEnded = errors.New("the program has ended")

// server is a program that runs in the background.
type server interface {
	// ask runs a command of bash that finds the server at $IP.
	ask(ctx context.Context, probe string) (string, error)
	// log returns what the server has printed.
	log() string
	stop()
}

// lacks returns the first package of the row that is not installed, "" if all are.
func (r *row) lacks() string {
	for _, p := range strings.Fields(r.packages) {
		if m, _ := filepath.Glob("/var/lib/dpkg/info/" + p + ".list"); m == nil {
			if m, _ = filepath.Glob("/var/lib/dpkg/info/" + p + ":*.list"); m == nil {
				return "package " + p
			}
		}
	}
	return ""
}

// prepare writes the row's files into a new directory.
func (r *row) prepare(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range r.files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), mode)); err != nil {
			t.Fatal(err)
		}
	}
	if r.before != "" {
		if out, err := bash(t.Context(), dir, r.before).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", r.before, err, out)
		}
	}
	return dir
}

// bash is a command that ends with all its children when ctx does.
func bash(ctx context.Context, dir, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -o pipefail; "+command)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// words returns the arguments of mkrootfs, with more of them after the first, which is the program.
// A --cmd among them replaces the arguments of the program, those after "--".
func (r *row) words(more ...string) ([]string, error) {
	args, err := shellquote.Split(r.pack)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.pack, err)
	}
	if i := slices.Index(args, "--"); i >= 0 && slices.Contains(more, "--cmd") {
		args = args[:i]
	}
	return slices.Insert(args, 1, more...), nil
}

// check compares what the natural command does with what the row says. The directory has been prepared.
func (r *row) check(ctx context.Context, w world, dir string) error {
	err := r.try(ctx, w, dir)
	if r.why == "" {
		return err
	}
	if err == nil {
		return fmt.Errorf("works the first time, but the row says that it fails: %s", r.why)
	}
	if r.add == "" {
		return nil
	}
	more, err := shellquote.Split(r.add)
	if err == nil {
		err = r.try(ctx, w, dir, more...)
	}
	if err != nil {
		return fmt.Errorf("fails also with %s: %w", r.add, err)
	}
	return nil
}

// try packs the row in dir, with more arguments, and runs it. The error says what the program did not do.
func (r *row) try(ctx context.Context, w world, dir string, more ...string) error {
	args, err := r.words(more...)
	if err != nil {
		return err
	}
	img, err := w.image(dir, args)
	if err != nil {
		return err
	}
	defer img.remove()
	return r.tryImage(ctx, img, dir)
}

// tryImage runs the image of the row.
func (r *row) tryImage(ctx context.Context, img image, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd, err := shellquote.Split(r.run)
	if err != nil {
		return err
	}
	if r.probe != "" {
		return r.tryServer(ctx, img, cmd)
	}
	if r.beside != "" {
		return r.tryClient(ctx, img, dir, cmd)
	}
	out, err := img.run(ctx, cmd, r.stdin, false)
	return r.judge(out, err)
}

// tryClient runs a client until its server has started.
func (r *row) tryClient(ctx context.Context, img image, dir string, cmd []string) error {
	ctx, cancel := context.WithCancel(ctx)
	beside := bash(ctx, dir, r.beside)
	if err := beside.Start(); err != nil {
		cancel()
		return err
	}
	defer func() { cancel(); _ = beside.Wait() }()
	var err error
	for range 4 {
		time.Sleep(500 * time.Millisecond)
		out, runErr := img.run(ctx, cmd, r.stdin, true)
		if err = r.judge(out, runErr); err == nil {
			break
		}
	}
	return err
}

// tryServer asks until the server answers.
func (r *row) tryServer(ctx context.Context, img image, cmd []string) error {
	s, err := img.start(ctx, cmd)
	if err != nil {
		return err
	}
	defer s.stop()
	for range 60 {
		asked, cancel := context.WithTimeout(ctx, 10*time.Second)
		out, askErr := s.ask(asked, r.probe)
		cancel()
		if err = r.judge(out, askErr); err == nil {
			return nil
		}
		if errors.Is(askErr, errEnded) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
	return fmt.Errorf("%w\nits log: %s", err, s.log())
}

// judge returns an error when the output is not what the row wants.
func (r *row) judge(out string, err error) error {
	if err != nil && !r.fails {
		return fmt.Errorf("%w: %s", err, out)
	}
	if !regexp.MustCompile(r.want).MatchString(out) {
		return fmt.Errorf("printed %q, want %s", out, r.want)
	}
	return nil
}
