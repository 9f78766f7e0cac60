//go:build linux

package zoo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/mkrootfs/mkrootfs/test/harness"
)

// dockerWorld is a docker engine. Images and containers have names that only this run
// of the tests uses, and are removed.
type dockerWorld struct{ serial atomic.Int64 }

// newDocker returns nil when no engine answers.
func newDocker() *dockerWorld {
	if exec.Command("docker", "version").Run() != nil {
		return nil
	}
	return &dockerWorld{}
}

func (w *dockerWorld) image(dir string, args []string) (image, error) {
	img := &dockerImage{name: harness.Image("zoo", strconv.FormatInt(w.serial.Add(1), 10))}
	cmd := exec.Command(tool, append([]string{"-t", img.name, "--load"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mkrootfs %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return img, nil
}

type dockerImage struct {
	name       string
	containers int
}

// container returns a new container name.
func (i *dockerImage) container() string {
	i.containers++
	return fmt.Sprintf("%s-%d", strings.NewReplacer("/", "-", ":", "-").Replace(i.name), i.containers)
}

func (i *dockerImage) run(ctx context.Context, cmd []string, stdin string, hostNet bool) (string, error) {
	name := i.container()
	args := []string{"run", "--rm", "-i", "--name", name}
	if hostNet {
		args = append(args, "--network", "host")
	}
	c := exec.CommandContext(ctx, "docker", append(append(args, i.name), cmd...)...)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		_ = exec.Command("docker", "rm", "-f", name).Run()
	}
	return string(out), err
}

func (i *dockerImage) start(ctx context.Context, cmd []string) (server, error) {
	s := &dockerServer{name: i.container()}
	out, err := exec.CommandContext(ctx, "docker", append([]string{"run", "-d", "--name", s.name, i.name}, cmd...)...).CombinedOutput()
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("docker run: %w: %s", err, out)
	}
	return s, nil
}

func (i *dockerImage) remove() { _ = exec.Command("docker", "rmi", "-f", i.name).Run() }

type dockerServer struct{ name string }

func (s *dockerServer) ask(ctx context.Context, probe string) (string, error) {
	ip, err := exec.CommandContext(ctx, "docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", s.name).Output()
	if err != nil {
		return "", err
	}
	address := strings.TrimSpace(string(ip))
	if address == "" {
		return "", errEnded
	}
	cmd := bash(ctx, filepath.Clean(os.TempDir()), probe)
	cmd.Env = append(os.Environ(), "IP="+address)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *dockerServer) log() string {
	out, _ := exec.Command("docker", "logs", "--tail", "20", s.name).CombinedOutput()
	return string(out)
}

func (s *dockerServer) stop() { _ = exec.Command("docker", "rm", "-f", s.name).Run() }
