package relocate

import (
	"fmt"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/mutant"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
)

// No content of an ELF file's headers and tables causes a panic when the file is a
// program, a library or the loader of either side.
func TestMutants(t *testing.T) {
	files := testtree.Seeds()[:6]
	for i, data := range files {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m := mutant.New(data, 1)
			f := &fstest.MapFile{Data: m.Data, Mode: 0o755}
			fsys := testtree.Tree{
				testtree.GlibcLoader: "ld hwcaps=x86-64-v3:x86-64-v2", testtree.MuslLoader: "lib", "/bin/p": "exe needs=libfuzz.so,liba.so",
				"/m/liba.so": "lib", "/bin/q": "exe interp=/fuzz needs=liba.so", "/bin/r": "musl needs=libfuzz.so,liba.so",
			}.Build(t)
			fsys["fuzz"], fsys["m/libfuzz.so"] = f, f
			for range 3000 / len(files) {
				m.Change()
				compareSafely(t, m, fsys)
				m.Revert()
			}
		})
	}
}

// compareSafely reports with a panic what was changed in the file.
func compareSafely(t *testing.T, m *mutant.Mutator, fsys fstest.MapFS) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%v with these changes\n%s\n%s", p, m.Changes(), debug.Stack())
		}
	}()
	c := &Comparison{Source: &elfdeps.Resolver{FS: fsys, LibraryPath: "/m"}, Image: &elfdeps.Resolver{FS: fsys}}
	program := []string{"/fuzz", "/bin/p", "/bin/q", "/bin/r"}[m.IntN(4)]
	_, _ = c.Compare(t.Context(), program, program, "libfuzz.so")
	_ = c.Files()
}
