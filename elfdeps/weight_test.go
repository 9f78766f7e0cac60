package elfdeps

import (
	"go/parser"
	gotoken "go/token"
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
	const parts, own = module + "elfdeps/", module + "internal/"
	for dir, allowed := range map[string][]string{
		".":                   {parts + "elffile", parts + "ldcache", parts + "internal/ldso", parts + "internal/layout", parts + "internal/preload", parts + "internal/shebang", parts + "internal/tokens", own + "bounded", own + "extent", own + "guard", own + "sysroot"},
		"elffile":             {parts + "internal/eflags", parts + "internal/layout", own + "extent"},
		"ldcache":             {parts + "elffile", parts + "internal/eflags", parts + "internal/layout"},
		"relocate":            {module + "elfdeps", parts + "ldcache"},
		"internal/ldso":       {parts + "elffile", parts + "ldcache", parts + "internal/eflags", parts + "internal/layout", own + "extent"},
		"internal/eflags":     nil,
		"internal/layout":     nil,
		"internal/preload":    nil,
		"internal/shebang":    {parts + "elffile"},
		"internal/tokens":     nil,
		"../internal/bounded": nil,
		"../internal/extent":  nil,
		"../internal/guard":   nil,
		"../internal/sysroot": {"golang.org/x/sys/unix"},
	} {
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
				foreign := strings.Contains(first, ".") && !slices.Contains(allowed, path)
				if foreign || path == "os/exec" || strings.HasPrefix(path, "net") {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}
