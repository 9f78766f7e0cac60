package elfdeps

import (
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The package is light: it imports the standard library, the walk inside a
// directory and three small packages, which themselves import the standard library
// and, for the walk, the Go project's own package of system calls.
func TestImports(t *testing.T) {
	const own = "github.com/mkrootfs/mkrootfs/internal/"
	allowed := map[string][]string{".": {own + "bounded", own + "extent", own + "guard", own + "sysroot"}, "../internal/sysroot": {"golang.org/x/sys/unix"}}
	for _, dir := range []string{".", "../internal/bounded", "../internal/extent", "../internal/guard", "../internal/sysroot"} {
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
				path := strings.Trim(i.Path.Value, `"`)
				first, _, _ := strings.Cut(path, "/")
				if strings.Contains(first, ".") && !slices.Contains(allowed[dir], path) || path == "os/exec" || strings.HasPrefix(path, "net") {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}
