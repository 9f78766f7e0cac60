package e2e

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/lack"
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

// Every example is packed, run and asked whether it does its job, as a reader
// would have it, with `make -C examples/NAME`.
func TestExamples(t *testing.T) {
	makefiles, err := filepath.Glob("../../examples/*/Makefile")
	if err != nil || len(makefiles) != len(exampleNeeds) {
		t.Fatalf("examples %q, %v; want %d", makefiles, err, len(exampleNeeds))
	}
	for _, makefile := range makefiles {
		dir := filepath.Dir(makefile)
		t.Run(filepath.Base(dir), func(t *testing.T) { runExample(t, dir) })
	}
}

func runExample(t *testing.T, dir string) {
	programs, known := exampleNeeds[filepath.Base(dir)]
	if !known {
		t.Fatalf("%s: what does it need?", dir)
	}
	for _, program := range append(programs, "make", "bash") {
		if !strings.Contains(program, "/") {
			lack.Tool(t, program)
		} else if found, _ := filepath.Glob(program); len(found) == 0 {
			lack.Skip(t, "%s: not here", program)
		}
	}
	docker(t)

	if out, err := makeExample(t, dir, "clean"); err != nil {
		t.Fatalf("make clean: %v\n%s", err, out)
	}
	t.Cleanup(func() { left(t, dir) })
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

// left cleans an example up, and looks whether that leaves what git does.
func left(t *testing.T, dir string) {
	if out, err := makeExample(t, dir, "clean"); err != nil {
		t.Errorf("make clean: %v\n%s", err, out)
	}
	if ignored, _, err := try(dir, "git", "ls-files", "--others", "--ignored", "--exclude-standard", "."); err == nil && ignored != "" {
		t.Errorf("make clean leaves %s", ignored)
	}
}

func makeExample(t *testing.T, dir, target string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "make", "-C", dir, "MKROOTFS="+tool, target)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
