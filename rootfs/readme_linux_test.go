package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// readmeMain makes a program of the functions in README.md.
const readmeMain = `package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/pack"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

func main() {
	ctx := context.Background()
	if os.Args[1] == "build" {
		if err := build(ctx, os.Args[2], os.Args[3]); err != nil {
			log.Fatal(err)
		}
		return
	}
	layer, err := os.Create(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	img, err := loaded(ctx, os.Args[2], layer)
	if err != nil {
		log.Fatal(err)
	}
	if err := image.WriteDockerArchive(os.Stdout, img); err != nil {
		log.Fatal(err)
	}
}
`

// readmeFunctions returns the Go functions of README.md: the indented lines after
// "As a library".
func readmeFunctions(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	must(t, err)
	_, section, ok := strings.Cut(string(readme), "\n## As a library\n")
	if !ok {
		t.Fatal(`README.md has no section "As a library"`)
	}
	var code strings.Builder
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		if text, ok := strings.CutPrefix(line, "    "); ok {
			code.WriteString(text)
		}
	}
	return code.String()
}

// buildReadme compiles a main package of this module that exists in an overlay
// only, and returns the program.
func buildReadme(t *testing.T) string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "pack")
	must(t, os.WriteFile(source, []byte(readmeMain+"\n"+readmeFunctions(t)), 0o600))
	module, err := filepath.Abs("..")
	must(t, err)
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(module, "readme-example", "main.go"): source},
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	build := exec.CommandContext(
		t.Context(),
		goTool,
		"build",
		"-overlay",
		filepath.Join(dir, "overlay.json"),
		"-o",
		program,
		"./readme-example",
	)
	build.Dir = module
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// runBuild runs the example of pack and returns what it printed.
func runBuild(t *testing.T, readme, program, archive string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), readme, "build", program, archive).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// runLoaded runs the example of the parts and returns the headers of the layer by name.
func runLoaded(t *testing.T, readme, program string) map[string]*tar.Header {
	t.Helper()
	layer := filepath.Join(t.TempDir(), "layer.tar.gz")
	var archive, messages bytes.Buffer
	run := exec.CommandContext(t.Context(), readme, "loaded", program, layer)
	run.Stdout, run.Stderr = &archive, &messages
	if err := run.Run(); err != nil {
		t.Fatalf("%v: %s", err, &messages)
	}
	f, err := os.Open(layer)
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	headers := make(map[string]*tar.Header)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		headers[h.Name] = h
	}
	packed, err := os.ReadFile(layer)
	must(t, err)
	if !bytes.Contains(archive.Bytes(), packed) {
		t.Error("the docker archive does not hold the layer")
	}
	return headers
}

// The library examples of README.md compile and pack a program; that of the parts keeps
// its file capabilities.
func TestReadme(t *testing.T) {
	readme := buildReadme(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	program := filepath.Join(dir, "program")
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, self, 0o755))
	archive := filepath.Join(dir, "image.oci.tar")
	if out := runBuild(t, readme, program, archive); !strings.Contains(out, "/program by "+program+"\n") {
		t.Errorf("%s is not among the printed files:\n%s", program, out)
	}
	if info, err := os.Stat(archive); err != nil || info.Size() == 0 {
		t.Errorf("%s: %v, %v", archive, info, err)
	}
	if h := runLoaded(t, readme, program)[program[1:]]; h == nil || h.Size != int64(len(self)) {
		t.Fatalf("%s: got %+v", program, h)
	}
	t.Run("capabilities", func(t *testing.T) {
		if err := syscall.Setxattr(program, capability, []byte(netRaw), 0); err != nil {
			testenv.Skip(t, "%s cannot be given a file capability: %v", program, err)
		}
		h := runLoaded(t, readme, program)[program[1:]]
		if got := h.PAXRecords[xattrRecord+capability]; got != netRaw {
			t.Errorf("%q, want %q", got, netRaw)
		}
	})
}
