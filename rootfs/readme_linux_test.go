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

// readmeMain makes a program of the function in README.md.
const readmeMain = `package main

import (
	"context"
	"io"
	"log"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

func main() {
	layer, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	img, err := pack(context.Background(), os.Args[1], layer)
	if err != nil {
		log.Fatal(err)
	}
	if err := image.WriteDockerArchive(os.Stdout, img); err != nil {
		log.Fatal(err)
	}
}
`

// readmeFunction returns the Go function of README.md: the indented lines after
// "As a library".
func readmeFunction(t *testing.T) string {
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
	must(t, os.WriteFile(source, []byte(readmeMain+"\n"+readmeFunction(t)), 0o600))
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

// runReadme packs program and returns the headers of the layer by name.
func runReadme(t *testing.T, readme, program string) map[string]*tar.Header {
	t.Helper()
	layer := filepath.Join(t.TempDir(), "layer.tar.gz")
	var archive, messages bytes.Buffer
	run := exec.CommandContext(t.Context(), readme, program, layer)
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

// The library example of README.md compiles, packs a program, and keeps its file
// capabilities.
func TestReadme(t *testing.T) {
	readme := buildReadme(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	program := filepath.Join(dir, "program")
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, self, 0o755))
	if h := runReadme(t, readme, program)[program[1:]]; h == nil || h.Size != int64(len(self)) {
		t.Fatalf("%s: got %+v", program, h)
	}
	t.Run("capabilities", func(t *testing.T) {
		if err := syscall.Setxattr(program, capability, []byte(netRaw), 0); err != nil {
			testenv.Skip(t, "%s cannot be given a file capability: %v", program, err)
		}
		h := runReadme(t, readme, program)[program[1:]]
		if got := h.PAXRecords[xattrRecord+capability]; got != netRaw {
			t.Errorf("%q, want %q", got, netRaw)
		}
	})
}
