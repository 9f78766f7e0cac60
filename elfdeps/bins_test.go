package elfdeps_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

var update = flag.Bool("update", false, "write the golden files of testdata/bins")

// binaries are the programs in the trees of testdata/bins, whose README.md describes them.
var binaries = []struct{ tree, program string }{
	{"amd64", "/usr/bin/glibc"},
	{"amd64", "/usr/bin/glibc-static"},
	{"amd64", "/usr/bin/glibc-static-pie"},
	{"amd64", "/usr/bin/cxx"},
	{"amd64", "/usr/bin/rust"},
	{"amd64", "/usr/bin/go-shared"},
	{"amd64", "/opt/rpath/bin/user"},
	{"amd64", "/opt/runpath/bin/user"},
	{"amd64", "/usr/bin/versioned"},
	{"amd64", "/usr/bin/dlopen"},
	{"musl", "/usr/bin/musl"},
	{"musl", "/usr/bin/musl-static"},
	{"musl", "/usr/bin/musl-static-pie"},
	{"arm64", "/usr/bin/arm64"},
	{"powerpc", "/usr/bin/powerpc"},
}

// answer is the content of a golden file.
type answer struct {
	Objects []object             `json:"objects"`
	Opened  []string             `json:"opened"`
	Missing []string             `json:"missing,omitempty"`
	Errors  []string             `json:"errors,omitempty"`
	Dlopen  []elffile.DlopenNote `json:"dlopen,omitempty"`
	Go      bool                 `json:"go,omitempty"`
	Imports []string             `json:"imports,omitempty"`
}

type object struct {
	Path    string   `json:"path"`
	Kind    string   `json:"kind"`
	Type    string   `json:"type"`
	Machine string   `json:"machine"`
	Class   string   `json:"class"`
	Data    string   `json:"data"`
	Interp  string   `json:"interp,omitempty"`
	Soname  string   `json:"soname,omitempty"`
	Needed  []needed `json:"needed,omitempty"`
}

type needed struct {
	Name    string `json:"name"`
	Path    string `json:"path,omitempty"`
	FoundBy string `json:"found_by,omitempty"`
	Element string `json:"element,omitempty"`
	Of      string `json:"of,omitempty"`
}

// TestBinaries compares what real programs load with the golden files.
func TestBinaries(t *testing.T) {
	const top = "../testdata/bins"
	for _, b := range binaries {
		t.Run(b.tree+b.program, func(t *testing.T) {
			got := ask(t, os.DirFS(filepath.Join(top, b.tree)).(fs.ReadLinkFS), b.program)
			name := filepath.Base(b.program)
			if name == "user" {
				name = filepath.Base(filepath.Dir(filepath.Dir(b.program)))
			}
			compareGolden(t, filepath.Join(top, "golden", name+".json"), got)
		})
	}
}

// TestBinariesAreAllListed fails for a program in the folder that no test resolves.
func TestBinariesAreAllListed(t *testing.T) {
	for _, pattern := range []string{"*/usr/bin/*", "*/opt/*/bin/*"} {
		names, err := filepath.Glob("../testdata/bins/" + pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %q, %v", pattern, names, err)
		}
		for _, name := range names {
			if !slices.ContainsFunc(binaries, func(b struct{ tree, program string }) bool {
				return name == "../testdata/bins/"+b.tree+b.program
			}) {
				t.Errorf("%s is not in the table", name)
			}
		}
	}
}

// TestBinariesSize holds the folder to the size that README.md states.
func TestBinariesSize(t *testing.T) {
	var total int64
	err := filepath.WalkDir("../testdata/bins", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil || total == 0 || total > 400_000 {
		t.Errorf("%d bytes, %v", total, err)
	}
}

// TestStaticGo resolves a static program of the Go toolchain that runs this test.
func TestStaticGo(t *testing.T) {
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "static"), "../testdata/bins/src/program.go")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := ask(t, os.DirFS(dir).(fs.ReadLinkFS), "/static")
	compareGolden(t, "../testdata/bins/golden/go-static.json", got)
}

// ask resolves a program and reads what the file declares.
func ask(t *testing.T, fsys fs.ReadLinkFS, program string) answer {
	t.Helper()
	r := &elfdeps.Resolver{FS: fsys}
	closure, err := r.Resolve(t.Context(), program)
	if (err != nil) != (len(closure.Missing)+len(closure.Errors) > 0) {
		t.Errorf("error %v, missing %v, errors %v", err, closure.Missing, closure.Errors)
	}
	a := answer{Opened: closure.Opened}
	for _, o := range closure.Objects {
		a.Objects = append(a.Objects, describe(o))
	}
	for _, m := range closure.Missing {
		a.Missing = append(a.Missing, m.Error())
	}
	for _, err := range closure.Errors {
		a.Errors = append(a.Errors, err.Error())
	}
	var errs [3]error
	f, err := r.File(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a.Dlopen, errs[0] = f.DlopenNotes()
	a.Imports, errs[1] = f.Imports()
	a.Go, errs[2] = f.IsGo()
	if err := errors.Join(errs[:]...); err != nil {
		t.Error(err)
	}
	return a
}

func describe(o *elfdeps.Object) object {
	out := object{
		Path: o.Path, Kind: string(o.Kind), Type: o.Type.String(), Machine: o.Machine.String(), Class: o.Class.String(),
		Data: o.Data.String(), Interp: o.Interp, Soname: o.Soname,
	}
	for _, e := range o.Needed {
		out.Needed = append(out.Needed, needed{e.Name, e.Path, string(e.Rule), e.Element, e.Of})
	}
	return out
}

func compareGolden(t *testing.T, name string, got answer) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // a file of the source
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
