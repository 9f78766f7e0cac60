package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

const redisConf = "port 6379\nbind 0.0.0.0\nprotected-mode no\nsave \"\"\n"

// packRedis packs redis-server with a configuration and returns the directory.
func packRedis(t *testing.T, args ...string) string {
	t.Helper()
	testenv.Tool(t, "redis-server")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "redis.conf"), []byte(redisConf), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, tool, append([]string{"redis-server", "--conf", "redis.conf"}, args...)...)
	return dir
}

// serve starts image, sets and gets a value through the published port, and stops it with
// SIGTERM.
func serve(t *testing.T, docker, image string) {
	t.Helper()
	id := strings.TrimSpace(run(t, "", docker, "run", "-d", "-P", image))
	t.Cleanup(func() { _, _, _ = try("", docker, "rm", "-f", id) })
	port := run(t, "", docker, "port", id, "6379/tcp")
	_, number, _ := strings.Cut(strings.Fields(port)[0], ":")
	address := "127.0.0.1:" + number[strings.LastIndexByte(number, ':')+1:]
	ask(t, address, "SET greeting hello", "+OK")
	ask(t, address, "GET greeting", "$5", "hello")

	run(t, "", docker, "stop", "-t", "20", id)
	status := strings.TrimSpace(run(t, "", docker, "inspect", "-f", "{{.State.ExitCode}}", id))
	_, logs, _ := try("", docker, "logs", id)
	out, _, _ := try("", docker, "logs", id)
	if status != "0" || !strings.Contains(out+logs, "SIGTERM") {
		t.Errorf("after SIGTERM: exit status %s, log:\n%s%s", status, out, logs)
	}
}

// ask sends one inline command and compares the lines of its answer. A server
// that is still starting is asked again.
func ask(t *testing.T, address, command string, want ...string) {
	t.Helper()
	var last error
	for range 100 {
		got, err := answer(address, command, len(want))
		if err == nil {
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Fatalf("%s: %q, want %q", command, got, want)
			}
			return
		}
		last = err
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: %v", command, last)
}

func answer(address, command string, lines int) ([]string, error) {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(c, "%s\r\n", command); err != nil {
		return nil, err
	}
	var out []string
	for r := bufio.NewReader(c); len(out) < lines; {
		line, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if line == "" {
			return nil, io.ErrUnexpectedEOF
		}
		out = append(out, strings.TrimRight(line, "\r\n"))
	}
	return out, nil
}

func TestRedisArchiveInDocker(t *testing.T) {
	d := docker(t)
	dir := packRedis(t, "-t", harness.Image("e2e", "archive"))
	t.Cleanup(func() { _, _, _ = try("", d, "rmi", "-f", harness.Image("e2e", "archive")) })
	run(t, dir, d, "load", "-i", "e2e-archive.tar")
	serve(t, d, harness.Image("e2e", "archive"))
}

func TestRedisLoadedIntoDocker(t *testing.T) {
	d := docker(t)
	t.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
	dir := packRedis(t, "-t", harness.Image("e2e", "load"), "--load")
	t.Cleanup(func() { _, _, _ = try("", d, "rmi", "-f", harness.Image("e2e", "load")) })
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tar*")); len(left) > 0 {
		t.Errorf("--load alone wrote %q", left)
	}
	serve(t, d, harness.Image("e2e", "load"))
}

// TestLoadAndArchiveSameImage compares the image ids of --load and of a loaded archive.
func TestLoadAndArchiveSameImage(t *testing.T) {
	d := docker(t)
	id := func(args ...string) string {
		dir := packRedis(t, append([]string{"-t", harness.Image("e2e", "one")}, args...)...)
		if len(args) == 0 {
			run(t, dir, d, "load", "-i", "e2e-one.tar")
		}
		defer run(t, "", d, "rmi", "-f", harness.Image("e2e", "one"))
		return run(t, "", d, "image", "inspect", "-f", "{{.Id}}", harness.Image("e2e", "one"))
	}
	if archive, load := id(), id("--load"); archive != load {
		t.Errorf("image ids %s and %s", archive, load)
	}
}

func TestRedisPushedToARegistry(t *testing.T) {
	address := registry(t)
	image := address + "/" + harness.Image("e2e", "pushed")
	packRedis(t, "-t", image, "--push", "--insecure")
	d := docker(t)
	t.Cleanup(func() { _, _, _ = try("", d, "rmi", "-f", image) })
	run(t, "", d, "pull", "-q", image)
	serve(t, d, image)
}

func TestPushPrintsOnlyReference(t *testing.T) {
	address := registry(t)
	testenv.Tool(t, "redis-server")
	out := run(t, t.TempDir(), tool, "redis-server", "-t", address+"/redis:1", "--push", "--insecure")
	if !strings.HasPrefix(out, address+"/redis@sha256:") || strings.Count(out, "\n") != 1 {
		t.Errorf("stdout %q", out)
	}
}
