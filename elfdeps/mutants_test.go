package elfdeps

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/mutant"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

var (
	mutantCount = flag.Int("mutants", 20000, "how many mutants TestMutants makes of all files together")
	mutantFiles = flag.String("mutate", "", "ELF files of this machine that TestMutants takes besides its own, with commas between")
	mutantSeed  = flag.Uint64("mutantseed", 1, "the seed of TestMutants")
)

// surround is a system in which the file f is a program, a script's interpreter,
// a library, a loader and what is dlopened.
func surround(tb testing.TB, f *fstest.MapFile) fstest.MapFS {
	m := tree{
		glibcLoader: levelsLoader + " version=2.36", muslLoader: "lib", "/bin/p": "exe needs=libfuzz.so,liba.so rpath=/m", "/m/liba.so": "lib defines=V1",
		"/m/glibc-hwcaps/x86-64-v2/libv.so": "lib needs=libfuzz.so", "/bin/q": "exe interp=/fuzz needs=liba.so", "/bin/r": "musl needs=libfuzz.so rpath=/m",
	}.build(tb)
	m["fuzz"], m["m/libfuzz.so"], m["bin/t"] = f, f, f
	return m
}

const muslPathFile = "/etc/ld-musl-x86_64.path"

// The ways in which ask uses the file.
const (
	inItself = iota // it is asked what it imports, says and holds
	asLibrary
	asLoader
	asMusl
	asPlugin
	asImage
	ways
)

// ask resolves the file /fuzz of a system that surround made, and calls one
// more entry point or several about it.
func ask(ctx context.Context, fsys fstest.MapFS, way int) (*Resolver, *Closure, error) {
	r := &Resolver{FS: fsys, LibraryPath: "/e"}
	programs := []string{"/fuzz"}
	_, _ = r.Probe(ctx, "/fuzz")
	switch way {
	case inItself:
		if f, err := r.File(ctx, "/fuzz"); err == nil {
			_, _ = f.Imports()
			_, _ = f.DlopenNotes()
			_, _ = f.IsGo()
			_ = f.Literals(func([]byte) bool { return true })
			_, _ = f.DlopenHints()
			_ = f.Close()
		}
	case asLibrary:
		programs = append(programs, "/bin/p")
	case asLoader:
		programs = append(programs, "/bin/q")
	case asMusl:
		programs = append(programs, "/bin/r")
	case asPlugin:
		r.Preload, r.Audit = "libfuzz.so", "/fuzz"
		_, _ = r.Dlopen(ctx, "/bin/p", "/fuzz")
	case asImage:
		st := r.Start(ctx, "/fuzz", "libfuzz.so", nil)
		image := &Resolver{FS: fsys, LibraryPath: "/m"}
		_ = image.Start(ctx, "/bin/p", "libfuzz.so", map[string][]byte{"/etc/ld.so.cache": []byte("glibc-ld.so.cache1.1"), muslPathFile: []byte("/m")})
		if st.Loader != nil {
			_, _ = image.Exists(st.Loader.Cache)
		}
	}
	c, err := r.Resolve(ctx, programs...)
	_, _ = r.Libc(ctx, c)
	_ = r.Doubtful(ctx, c)
	for _, o := range c.Objects {
		_, _, _ = o.Platform()
		_ = ldcache.Flags(o.ABI)
	}
	return r, c, err
}

func TestSixBytes(t *testing.T) {
	fsys := surround(t, &fstest.MapFile{Data: testtree.SixBytes(), Mode: 0o755})
	for way := range ways {
		_, c, err := ask(t.Context(), fsys, way)
		if err == nil || !strings.Contains(summary(c), "a name lies beyond the string table, at its byte 9223372036854775808") {
			t.Errorf("%d: %v", way, err)
		}
	}
}

// No content of an ELF file's headers and tables causes a panic.
func TestMutants(t *testing.T) {
	files := testtree.Seeds()[:6]
	for _, name := range strings.FieldsFunc(*mutantFiles, func(c rune) bool { return c == ',' }) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	for i, data := range files {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m := mutant.New(data, *mutantSeed)
			fsys := surround(t, &fstest.MapFile{Data: m.Data, Mode: 0o755})
			for range *mutantCount / len(files) {
				m.Change()
				askSafely(t, m, fsys)
				m.Revert()
			}
		})
	}
}

// askSafely reports with a panic what was changed in the file.
func askSafely(t *testing.T, m *mutant.Mutator, fsys fstest.MapFS) {
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%v with these changes\n%s\n%s", p, m.Changes(), debug.Stack())
		}
	}()
	way := m.IntN(ways)
	if way == inItself && len(m.Data) > 1<<16 && m.IntN(64) > 0 { // a search of strings takes long
		way = asLibrary
	}
	_, _, _ = ask(t.Context(), fsys, way)
}
