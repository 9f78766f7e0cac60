package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// exampleNeeds are the programs that each example packs or builds with: names
// in PATH, or patterns of paths.
var exampleNeeds = map[string][]string{
	"busybox":   {"busybox"},
	"cpp":       {"g++"},
	"go-cgo":    {"go", "gcc"},
	"go-static": {"go"},
	"java":      {"java"},
	"nginx":     {"nginx"},
	"postgres":  {"/usr/lib/postgresql/*/bin/postgres"},
	"python":    {"/usr/bin/python3"},
	"redis":     {"redis-server"},
	"rust":      {"rustc"},
}

// TestExamples runs `make -C examples/NAME` for each example in a copy of the
// directory: it is packed, run, and must do its job.
func TestExamples(t *testing.T) {
	makefiles, err := filepath.Glob("../../examples/*/Makefile")
	if err != nil || len(makefiles) != len(exampleNeeds) {
		t.Fatalf("examples %q, %v; want %d", makefiles, err, len(exampleNeeds))
	}
	examples := t.TempDir()
	if err := os.CopyFS(examples, os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	harness.Write(t, filepath.Join(examples, "go.mod"), []byte("module examples\n\ngo 1.26\n"), 0o644)
	for _, makefile := range makefiles {
		name := filepath.Base(filepath.Dir(makefile))
		t.Run(name, func(t *testing.T) { runExample(t, filepath.Join(examples, name)) })
	}
}

func runExample(t *testing.T, dir string) {
	programs, known := exampleNeeds[filepath.Base(dir)]
	if !known {
		t.Fatalf("%s: what does it need?", dir)
	}
	for _, program := range append(programs, "make", "bash") {
		if !strings.Contains(program, "/") {
			testenv.Tool(t, program)
		} else if found, _ := filepath.Glob(program); len(found) == 0 {
			testenv.Skip(t, "%s: not here", program)
		}
	}
	docker(t)

	if out, err := makeExample(t, dir, "clean"); err != nil {
		t.Fatalf("make clean: %v\n%s", err, out)
	}
	before := listFiles(t, dir)
	t.Cleanup(func() { cleanExample(t, dir, before) })
	out, err := makeExample(t, dir, "all")
	if err != nil || !strings.Contains(out, "\nworks: ") {
		t.Errorf("make: %v\n%s", err, out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "works: ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// cleanExample runs make clean, which must leave the files that there were before.
func cleanExample(t *testing.T, dir, before string) {
	t.Helper()
	if out, err := makeExample(t, dir, "clean"); err != nil {
		t.Errorf("make clean: %v\n%s", err, out)
	}
	if after := listFiles(t, dir); after != before {
		t.Errorf("make clean leaves %s of %s", after, before)
	}
}

func listFiles(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(files, " ")
}

func makeExample(t *testing.T, dir, target string) (string, error) {
	image := harness.Image("e2e", "example-"+filepath.Base(dir))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "make", "-C", dir, "MKROOTFS="+tool, "IMAGE="+image, target)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
