package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// inspect returns the ID of an image of the engine, "" if it has none.
func inspect(t *testing.T, e *Engine, ref string) string {
	t.Helper()
	var about struct{ ID string }
	if !request(t, e, http.MethodGet, "/images/"+ref+"/json", &about) {
		return ""
	}
	return strings.TrimPrefix(about.ID, "sha256:")
}

// request reports whether the engine answered 200.
func request(t *testing.T, e *Engine, method, path string, answer any) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, e.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := e.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return false
	}
	if answer == nil {
		return true
	}
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
	return true
}

func realEngine(t *testing.T) *Engine {
	t.Helper()
	e, err := Lookup{}.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s at %s", e.Name, e.Host)
	return e
}

func TestE2ELoad(t *testing.T) {
	testenv.SkipSlow(t)
	e := realEngine(t)
	raw, _ := testLayer(t, 3<<20)
	tag := fmt.Sprintf("mkrootfs-e2e:%d", time.Now().UnixNano())
	var id v1.Hash
	loaded, err := e.Load(t.Context(), func(w io.Writer) (err error) {
		id, err = image.EngineArchive{
			Config: image.Config{Cmd: []string{"/hello"}}, Tags: testTags(t, tag), Size: int64(len(raw)),
			Layer: func(w io.Writer) (v1.Hash, error) {
				_, err := w.Write(raw)
				return sum(raw), err
			},
		}.Write(w)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { request(t, e, http.MethodDelete, "/images/"+tag, nil) })
	if len(loaded) != 1 || !strings.HasSuffix(loaded[0], tag) {
		t.Errorf("loaded %q", loaded)
	}
	if got := inspect(t, e, tag); got != id.Hex {
		t.Errorf("the engine has %q, want %s", got, id.Hex)
	}
}

// The engine keeps nothing of a load that ends in the middle.
func TestE2ELoadAborted(t *testing.T) {
	testenv.SkipSlow(t)
	e := realEngine(t)
	raw, _ := testLayer(t, 3<<20)
	tag := fmt.Sprintf("mkrootfs-e2e:broken-%d", time.Now().UnixNano())
	own := errors.New("disk on fire")
	_, err := e.Load(t.Context(), func(w io.Writer) error {
		_, err := image.EngineArchive{
			Tags: testTags(t, tag), Size: int64(len(raw)),
			Layer: func(w io.Writer) (v1.Hash, error) {
				w.Write(raw[:len(raw)/2])
				return v1.Hash{}, own
			},
		}.Write(w)
		return err
	})
	if !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	if got := inspect(t, e, tag); got != "" {
		t.Errorf("the engine has %s", got)
	}
}

// For a file that is not an image the message of the engine is returned.
func TestE2ELoadRefused(t *testing.T) {
	testenv.SkipSlow(t)
	e := realEngine(t)
	_, err := e.Load(t.Context(), func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("no archive ", 1<<16))
		return err
	})
	if err == nil || !strings.HasPrefix(err.Error(), e.Host+": ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	t.Log(err)
}

// startRegistry starts Debian's docker-registry on loopback.
func startRegistry(t *testing.T) (host string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host = l.Addr().String()
	l.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yml")
	writeFile(t, config, fmt.Sprintf(
		"version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", dir, host))
	cmd := exec.CommandContext(t.Context(), "docker-registry", "serve", config)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // it takes REGISTRY_AUTH_FILE, which is podman's, for its own
	var said bytes.Buffer                           // it reports each blob that is asked for and new
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	for range 100 {
		if c, err := net.Dial("tcp", host); err == nil {
			c.Close()
			return host
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("docker-registry does not answer")
	return ""
}

func TestE2EPush(t *testing.T) {
	testenv.SkipSlow(t)
	noHome(t)
	host := startRegistry(t)
	for _, f := range []image.Format{image.OCI, image.Docker} {
		img := testImage(t, 5<<20, f)
		digest, _ := img.Digest()
		tag := host + "/test/" + string(f) + ":scratch"
		got, err := Push(t.Context(), img, testTags(t, tag, host+"/test/"+string(f)), PushOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{host + "/test/" + string(f) + "@" + digest.String()}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		ref, _ := name.NewTag(tag)
		pulled, err := remote.Image(ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(pulled); err != nil {
			t.Error(err)
		}
	}
}
