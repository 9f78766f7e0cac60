package elfdeps

import (
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The package and its parts are light: they import the standard library, each
// other, the walk inside a directory and three small packages, which themselves
// import the standard library and, for the walk, the Go project's own package of
// system calls.
func TestImports(t *testing.T) {
	const module = "github.com/mkrootfs/mkrootfs/"
	forTests := []string{"internal/testtree", "internal/testcache", "internal/mutant"}
	small := []string{"bounded", "extent", "guard", "sysroot"}
	allowed := map[string]func(path string) bool{}
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || slices.Contains(forTests, dir) {
			return err
		}
		if files, _ := filepath.Glob(dir + "/*.go"); len(files) > 0 {
			allowed[dir] = func(path string) bool {
				name, ok := strings.CutPrefix(path, module+"internal/")
				return ok && slices.Contains(small, name) || strings.HasPrefix(path+"/", module+"elfdeps/")
			}
		}
		return nil
	})
	if err != nil || len(allowed) < 4 {
		t.Fatal(len(allowed), err)
	}
	for _, name := range small {
		allowed["../internal/"+name] = func(path string) bool { return name == "sysroot" && path == "golang.org/x/sys/unix" }
	}
	for dir, isAllowed := range allowed {
		for name, path := range importsOf(t, dir) {
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && !isAllowed(path) || path == "os/exec" || strings.HasPrefix(path, "net") {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// importsOf yields what the files of a directory import that are not tests.
func importsOf(t *testing.T, dir string) func(yield func(name, path string) bool) {
	return func(yield func(name, path string) bool) {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if !yield(name, strings.Trim(i.Path.Value, `"`)) {
					return
				}
			}
		}
	}
}
