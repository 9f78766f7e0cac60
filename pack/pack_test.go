package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

const interp = "/lib64/ld-linux-x86-64.so.2"

// newSystem writes a small system to a directory and returns it.
func newSystem(t testing.TB, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	loader := elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte("\x00/lib/\x00/usr/lib/\x00/etc/ld.so.cache\x00")}
	files := map[string]string{
		"lib64/ld-linux-x86-64.so.2": string(loader.Bytes()),
		"usr/lib/liba.so":            string(elftest.File{Soname: "liba.so", Needed: []string{"libb.so"}}.Bytes()),
		"usr/lib/libb.so":            string(elftest.File{Soname: "libb.so"}.Bytes()),
		"usr/bin/prog":               string(elftest.File{Interp: interp, Needed: []string{"liba.so"}}.Bytes()),
		"usr/bin/incomplete":         string(elftest.File{Interp: interp, Needed: []string{"libgone.so"}}.Bytes()),
		"etc/prog.conf":              "port 6379\n",
	}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		at := filepath.Join(dir, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o755)) //nolint:gosec // programs
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/lib", filepath.Join(dir, "lib")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// paths returns the reason for each path of a plan's tree.
func paths(p *Plan) map[string]string {
	list := map[string]string{}
	for _, e := range p.Tree.Entries() {
		list[e.Path] = ReasonOf(e).String()
	}
	return list
}

func TestReasons(t *testing.T) {
	dir := newSystem(t, map[string]string{
		"srv/data/x":                  "x",
		"var/lib/dpkg/status":         "Package: prog\nStatus: install ok installed\nArchitecture: amd64\n\n",
		"var/lib/dpkg/info/prog.list": "/.\n/usr\n/usr/bin\n/usr/bin/prog\n/usr/bin/helper\n",
		"usr/bin/helper":              "#!/usr/bin/prog\n",
	})
	plan, err := Resolve(t.Context(), Spec{
		Programs: []string{"prog"}, Sysroot: dir,
		Files: Files{
			Conf: []Conf{{Src: "/etc/prog.conf"}}, Copy: []Copy{{Src: "/srv/data"}}, Mkdir: []Dir{{Path: "/d"}}, Package: []string{"prog"},
		},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := paths(plan)
	for name, want := range map[string]string{
		"/usr/bin/prog":       "--package prog", // of two reasons, the first by name
		interp:                "/usr/bin/prog, whose interpreter it is",
		"/usr/lib/liba.so":    "/usr/bin/prog, which needs liba.so",
		"/usr/lib/libb.so":    "/lib/liba.so, which needs libb.so",
		"/etc/prog/prog.conf": "--conf /etc/prog.conf",
		"/srv/data/x":         "--copy /srv/data",
		"/d":                  "--mkdir /d",
		"/usr/bin/helper":     "--package prog",
		"/etc/passwd":         "--with passwd",
	} {
		if got[name] != want {
			t.Errorf("%s: by %q, want %q", name, got[name], want)
		}
	}
	if ports := plan.Config.ExposedPorts; len(ports) != 1 || ports[0] != "6379/tcp" {
		t.Errorf("ports %q", ports)
	}
}

func TestWhy(t *testing.T) {
	plan, err := Resolve(t.Context(), Spec{Programs: []string{"prog"}, Sysroot: newSystem(t, nil)}, Options{Depth: Composed})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"libb.so":                     "asked needed needed /lib/libb.so",
		"prog":                        "asked /usr/bin/prog",
		"/etc/passwd":                 "predicted /etc/passwd",
		"ld-linux-x86-64.so.2":        "asked interpreter " + interp,
		"/lib64/ld-linux-x86-64.so.2": "asked interpreter " + interp,
	} {
		chains, err := plan.Why(name)
		if err != nil || len(chains) != 1 {
			t.Errorf("%s: %v, %v", name, chains, err)
			continue
		}
		var got []string
		for _, r := range chains[0] {
			got = append(got, string(r.Cause))
		}
		if text := strings.Join(append(got, chains[0][len(chains[0])-1].Path), " "); text != want {
			t.Errorf("%s: %s, want %s", name, text, want)
		}
	}
	if _, err := plan.Why("libbb.so"); err == nil || Explain(err)[0].Hint != "did you mean libb.so?" {
		t.Errorf("libbb.so: %v", err)
	}
}

// TestMissing checks that Resolve returns a plan with the error for a missing library,
// and that the plan cannot be written.
func TestMissing(t *testing.T) {
	dir := newSystem(t, nil)
	for _, depth := range []Depth{Complete, Composed, Loaded} {
		plan, err := Resolve(t.Context(), Spec{Programs: []string{"incomplete"}, Sysroot: dir}, Options{Depth: depth})
		var missing *elfdeps.MissingError
		if !errors.As(err, &missing) || missing.Name != "libgone.so" || plan == nil || len(plan.Closure.Missing) != 1 {
			t.Errorf("depth %d: %v, %v", depth, plan, err)
			continue
		}
		if _, err := Write(t.Context(), plan, Outputs{Stdout: io.Discard, Files: []Output{{Type: RootFS, Dest: "-"}}}); err == nil {
			t.Errorf("depth %d: it was written", depth)
		}
	}
}

// TestConcurrent resolves and writes Specs concurrently, and compares the bytes with
// those of a run alone.
func TestConcurrent(t *testing.T) {
	specs := []Spec{
		{Programs: []string{"prog"}, Sysroot: newSystem(t, nil), Groups: Groups{With: []string{"nss", "netbase"}}},
		{Programs: []string{"prog"}, Sysroot: newSystem(t, nil), Files: Files{Copy: []Copy{{Src: "/etc"}}}, Image: Image{Env: []string{"A=b"}}},
	}
	layer := func(spec Spec) ([]byte, error) {
		plan, err := Resolve(t.Context(), spec, Options{})
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		_, err = Write(t.Context(), plan, Outputs{Tags: []string{"x:1"}, Stdout: &out, Files: []Output{{Type: OCIArchive, Dest: "-"}}})
		return out.Bytes(), err
	}
	var wg sync.WaitGroup
	for _, spec := range specs {
		want, err := layer(spec)
		if err != nil || len(want) == 0 {
			t.Fatal(err)
		}
		for range 4 {
			wg.Go(func() {
				if got, err := layer(spec); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
				}
			})
		}
	}
	wg.Wait()
}

// TestConcurrentWrites writes one plan from several goroutines.
func TestConcurrentWrites(t *testing.T) {
	plan, err := Resolve(t.Context(), Spec{Programs: []string{"prog"}, Sysroot: newSystem(t, nil)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	digests := make([]string, 4)
	var wg sync.WaitGroup
	for i := range digests {
		wg.Go(func() {
			name := filepath.Join(dir, fmt.Sprint(i, ".tar.gz"))
			r, err := Write(t.Context(), plan, Outputs{Files: []Output{{Type: RootFS, Dest: name}}})
			if err != nil {
				t.Error(err)
				return
			}
			digests[i] = r.Digest()
		})
	}
	wg.Wait()
	for _, d := range digests {
		if d == "" || d != digests[0] {
			t.Errorf("digests %q", digests)
		}
	}
}

// TestDigest checks which digest identifies a result.
func TestDigest(t *testing.T) {
	files := Result{Layer: rootfs.Sum{Digest: "layer"}, ImageID: "image", Manifest: "manifest"}
	loaded, pushed, written := files, files, files
	loaded.Engine = "docker"
	pushed.Pushed = []string{"host/x@manifest"}
	written.Written = []Written{{Output: Output{Type: RootFS}, Digest: "file"}, {Output: Output{Type: OCIArchive}, Digest: "archive"}}
	for want, r := range map[string]Result{"layer": files, "image": loaded, "manifest": pushed, "archive": written} {
		if got := r.Digest(); got != want {
			t.Errorf("%+v: %s, want %s", r, got, want)
		}
	}
}

// TestNoError checks the functions for errors with nil.
func TestNoError(t *testing.T) {
	if m := Explain(nil); len(m) != 0 || IsUsage(nil) || Interruption(nil) != "" {
		t.Errorf("%v", m)
	}
}

func seconds(n int64) *int64 { return &n }

// TestSpecFormats checks that a Spec survives JSON and YAML unchanged.
func TestSpecFormats(t *testing.T) {
	spec := Spec{
		Programs: []string{"a:/b", "c"}, Args: []string{"-x"}, Sysroot: "/s", LibraryPath: "/l", Platform: "linux/arm64", Timestamp: seconds(7),
		Files: Files{
			Conf: []Conf{{Src: "a", Dst: "/b"}}, Copy: []Copy{{Src: "a", Dst: "/b", Chown: "1:2", Chmod: "0755"}},
			Mkdir: []Dir{{Path: "/d", Mode: "1777", Owner: "me"}}, Lib: []string{"l"}, Package: []string{"p"},
		},
		Groups: Groups{With: []string{"auto"}, Without: []string{"tmp"}}, Dlopen: "hinted",
		Accounts: []string{"app:5000"},
		Image: Image{
			Entrypoint: []string{"e"}, Cmd: []string{"c"}, Env: []string{"A=B"}, WorkingDir: "/w", User: "u", Expose: []string{"80"},
			Volumes: []string{"/v"}, Labels: map[string]string{"k": "v"}, Annotations: map[string]string{"k": "v"}, StopSignal: "TERM",
			Health: &Health{Command: "h", Interval: "1s", Timeout: "2s", StartPeriod: "3s", Retries: 4}, Author: "me",
		},
	}
	noCmd := spec
	noCmd.Image.Cmd = []string{}
	specs := []Spec{
		spec, noCmd,
		{Programs: []string{"a"}},
		{Programs: []string{"a"}, Timestamp: seconds(0)},
		{Programs: []string{"a"}, Image: Image{User: "1"}},
		{Programs: []string{"a"}, Image: Image{Cmd: Words{}}},
		{Programs: []string{"a"}, Image: Image{Expose: Words{}}},
	}
	for _, want := range specs {
		var fromJSON, fromYAML Spec
		data, err := json.Marshal(want)
		if err := errors.Join(err, json.Unmarshal(data, &fromJSON)); err != nil || !reflect.DeepEqual(fromJSON, want) {
			t.Errorf("%s: %+v, %v", data, fromJSON, err)
		}
		data, err = yaml.Marshal(want)
		if err := errors.Join(err, yaml.Unmarshal(data, &fromYAML)); err != nil || !reflect.DeepEqual(fromYAML, want) {
			t.Errorf("%s: %+v, %v", data, fromYAML, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Resolve(ctx, Spec{Programs: []string{"prog"}, Sysroot: newSystem(t, nil)}, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNoStdout checks that Write fails if it needs Outputs.Stdout and that is nil.
func TestNoStdout(t *testing.T) {
	plan, err := Resolve(t.Context(), Spec{Programs: []string{"prog"}, Sysroot: newSystem(t, nil)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "x.tar.gz")
	for _, o := range []Outputs{
		{Files: []Output{{Type: RootFS, Dest: "-"}}},
		{Files: []Output{{Type: RootFS, Dest: name}}, Answer: func(r *Result) []string { return []string{r.Digest()} }},
	} {
		if _, err := Write(t.Context(), plan, o); !errors.Is(err, errNoStdout) {
			t.Error(err)
		}
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("a file was written")
	}
}

func TestInvalidSpecs(t *testing.T) {
	dir := newSystem(t, nil)
	valid := Spec{Programs: []string{"prog"}, Sysroot: dir}
	for name, change := range map[string]func(*Spec, *Options){
		"no program":      func(s *Spec, _ *Options) { s.Programs = nil },
		"depth":           func(_ *Spec, o *Options) { o.Depth = 99 },
		"negative depth":  func(_ *Spec, o *Options) { o.Depth = -1 },
		"variable":        func(s *Spec, _ *Options) { s.Image.Env = []string{"A"} },
		"empty variable":  func(s *Spec, _ *Options) { s.Image.Env = []string{"=b"} },
		"empty label":     func(s *Spec, _ *Options) { s.Image.Labels = map[string]string{"": "v"} },
		"relative volume": func(s *Spec, _ *Options) { s.Image.Volumes = []string{"v"} },
		"group":           func(s *Spec, _ *Options) { s.Groups.With = []string{"nosuch"} },
		"level":           func(s *Spec, _ *Options) { s.Dlopen = "all" },
		"mode":            func(s *Spec, _ *Options) { s.Files.Mkdir = []Dir{{Path: "/d", Mode: "9"}} },
		"time":            func(s *Spec, _ *Options) { s.Timestamp = seconds(1 << 33) },
		"negative time":   func(s *Spec, _ *Options) { s.Timestamp = seconds(-1) },
		"no such file":    func(s *Spec, _ *Options) { s.Files.Copy = []Copy{{Src: "/nosuch"}} },
	} {
		spec, o := valid, Options{}
		change(&spec, &o)
		if plan, err := Resolve(t.Context(), spec, o); err == nil || plan != nil {
			t.Errorf("%s: %v, %v", name, plan, err)
		}
	}
}

// Zero values are errors or empty answers.
func TestZeroValues(t *testing.T) {
	var none *Plan
	for _, p := range []*Plan{none, {}} {
		if _, err := p.Why("x"); err == nil {
			t.Error("a reason without a plan")
		}
		if _, err := Write(t.Context(), p, Outputs{}); err == nil {
			t.Error("written without a plan")
		}
	}
	zero := &Plan{}
	if zero.Abs("x") != "/x" || zero.Resolver() == nil || ReasonOf(nil) != (Reason{}) || Explain(nil) != nil {
		t.Error("a zero value has an answer")
	}
	if _, err := (Outputs{Load: true}).CheckPlan(nil); err != nil {
		t.Error(err)
	}
}

// An output and an answer do not mix.
func TestAnswerAfterOutput(t *testing.T) {
	plan, err := Resolve(t.Context(), Spec{Programs: []string{"prog"}, Sysroot: newSystem(t, nil)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = Write(t.Context(), plan, Outputs{
		Stdout: &out, Files: []Output{{Type: RootFS, Dest: "-"}}, Answer: func(*Result) []string { return []string{"x"} },
	})
	if err == nil || strings.HasSuffix(out.String(), "x\n") {
		t.Error(err)
	}
}
