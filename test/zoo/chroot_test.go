//go:build linux

package zoo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// chrootWorld unpacks images and runs them in new namespaces, with /proc, /dev and a
// loopback as in a container. It needs root.
type chrootWorld struct{}

// chrootError returns the error of running an image in namespaces, nil if that works. It
// fails in an unprivileged container, which may not make any, and in a chroot, whose "/"
// is not a mount point.
var chrootError = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "zoo-own")
	if err != nil {
		return err
	}
	img := &chrootImage{dir: dir}
	defer img.remove()
	if err := os.Mkdir(img.root(), 0o755); err != nil {
		return err
	}
	out, err := img.run(context.Background(), []string{onlyEnter}, "", false)
	if err != nil {
		return fmt.Errorf("%w %s", err, strings.TrimSpace(out))
	}
	return nil
})

// newChroot returns a chrootWorld, or skips the test where that does not work.
func newChroot(t *testing.T) world {
	t.Helper()
	if err := chrootError(); err != nil {
		testenv.Skip(t, "namespaces for images cannot be made here: %v", err)
	}
	return chrootWorld{}
}

func (chrootWorld) image(dir string, args []string) (image, error) {
	img := &chrootImage{}
	var err error
	if img.dir, err = os.MkdirTemp("", "zoo-own"); err != nil {
		return nil, err
	}
	archive := filepath.Join(img.dir, "image.tar")
	cmd := exec.Command(tool, append([]string{"-q", "-t", "zoo-own/chroot:t", "-o", "type=docker,dest=" + archive, "--compression-level", "1"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		img.remove()
		return nil, fmt.Errorf("mkrootfs %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	if err := img.unpack(archive); err != nil {
		img.remove()
		return nil, err
	}
	return img, nil
}

type chrootImage struct {
	dir    string
	config v1.Config
}

func (i *chrootImage) root() string { return filepath.Join(i.dir, "root") }

func (i *chrootImage) unpack(archive string) error {
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		return err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return err
	}
	i.config = file.Config
	if err := os.Mkdir(i.root(), 0o755); err != nil {
		return err
	}
	layer := mutate.Extract(img)
	defer layer.Close()
	untar := exec.Command("tar", "-xp", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-C", i.root())
	untar.Stdin = layer
	if out, err := untar.CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w: %s", err, out)
	}
	return os.Remove(archive)
}

// command returns a command that runs this test binary, which enters the image and executes cmd.
func (i *chrootImage) command(ctx context.Context, cmd []string, hostNet bool) *exec.Cmd {
	argv := append(append([]string{}, i.config.Entrypoint...), cmd...)
	if len(cmd) == 0 {
		argv = append(argv, i.config.Cmd...)
	}
	c := exec.CommandContext(ctx, "/proc/self/exe", argv...)
	uid, gid := 0, 0
	if i.config.User != "" {
		user, group, _ := strings.Cut(i.config.User, ":")
		uid, _ = strconv.Atoi(user)
		gid, _ = strconv.Atoi(group)
	}
	c.Env = append([]string{
		fmt.Sprintf("%s=%s:%s:%d:%d", insideVariable, i.root(), i.config.WorkingDir, uid, gid),
		"PATH=" + searchPath, "HOSTNAME=zoo", "HOME=/root",
	}, i.config.Env...)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC, Pdeathsig: syscall.SIGKILL,
	}
	if !hostNet {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
	}
	c.WaitDelay = 5 * time.Second
	return c
}

func (i *chrootImage) run(ctx context.Context, cmd []string, stdin string, hostNet bool) (string, error) {
	c := i.command(ctx, cmd, hostNet)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	return string(out), err
}

func (i *chrootImage) start(ctx context.Context, cmd []string) (server, error) {
	c := i.command(ctx, cmd, false)
	s := &chrootServer{cmd: c, ended: make(chan struct{})}
	c.Stdout, c.Stderr = &s.out, &s.out
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() { _ = c.Wait(); close(s.ended) }()
	return s, nil
}

func (i *chrootImage) remove() { _ = os.RemoveAll(i.dir) }

type chrootServer struct {
	cmd   *exec.Cmd
	out   lockedBuffer
	ended chan struct{}
}

func (s *chrootServer) ask(ctx context.Context, probe string) (string, error) {
	select {
	case <-s.ended:
		return "", errEnded
	default:
	}
	cmd := bash(ctx, os.TempDir(), probe)
	cmd.Args = append([]string{"nsenter", "--net=/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/ns/net"}, cmd.Args...)
	var err error
	if cmd.Path, err = exec.LookPath("nsenter"); err != nil {
		return "", err
	}
	cmd.Env = append(os.Environ(), "IP=127.0.0.1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *chrootServer) log() string { return s.out.String() }

func (s *chrootServer) stop() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// lockedBuffer is a buffer that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
