//go:build linux

package foreign

import (
	"bytes"
	"debug/elf"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// muslNames are the ARCH of ld-musl-ARCH.so.1.
var muslNames = map[string]string{
	"arm64": "aarch64", "armhf": "armhf", "i386": "i386", "ppc64el": "powerpc64le", "mips64el": "mips64el", "riscv64": "riscv64", "amd64": "x86_64",
}

// muslPath is the file with the search path of the loader interp.
func muslPath(interp string) string {
	return "/etc/" + strings.TrimSuffix(path.Base(interp), ".so.1") + ".path"
}

// list runs musl's loader and returns what it would load.
func list(a arch, tree, dir, file string, env ...string) answer {
	cmd := inside(tree, dir, emulator, a.interp, "--list", file)
	cmd.Env = append(cmd.Env, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	got := parseTrace(out.String(), a.interp)
	for _, m := range muslMissing.FindAllStringSubmatch(errs.String(), -1) {
		switch m[2] {
		case "No such file or directory", "No error information":
			got.missing = append(got.missing, m[1])
		default: // it was found and is none, or the search ended there
			got.fatal += m[0] + "\n"
		}
	}
	if strings.Contains(errs.String(), "uncaught target signal") {
		got.fatal = errs.String()
	}
	if err != nil && len(got.missing) == 0 && got.fatal == "" && !strings.Contains(errs.String(), "Error relocating") {
		got.fatal = errs.String()
	}
	return got
}

var muslMissing = regexp.MustCompile(`(?s)Error loading shared library (.*?): ([A-Z][^:\n]*) \(needed by`)

func TestMuslWorlds(t *testing.T) {
	testenv.SkipSlow(t)
	for _, a := range arches {
		name, ok := muslNames[a.deb]
		if !ok { // s390x: its DT_HASH has words of another size than the tests write
			continue
		}
		t.Run(a.deb, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "base")
			unpack(t, base, fetch(t, a, []string{"musl"}), a.suite == "trixie")
			install(t, a, base)
			a.interp = "/lib/ld-musl-" + name + ".so.1"
			worlds(t, a, base, true)
		})
	}
}

// TestMuslTree resolves real programs and libraries with musl: Debian's, with another
// interpreter and without glibc, in the directories of Alpine. musl answers for libc.so.6
// itself, so everything except the symbols is as on a musl system.
func TestMuslTree(t *testing.T) {
	testenv.SkipSlow(t)
	for _, a := range arches {
		if a.deb != "arm64" && a.deb != "armhf" && a.deb != "s390x" {
			continue
		}
		t.Run(a.deb, func(t *testing.T) {
			t.Parallel()
			top := muslTree(t, &a)
			t.Run("built-in path", func(t *testing.T) { compareMusl(t, a, top) })
			harness.Write(t, top+muslPath(a.interp), []byte("/opt/vendor/lib\n/lib:/usr/lib\n"), 0o644)
			t.Run("path file", func(t *testing.T) { compareMusl(t, a, top) })
		})
	}
}

// muslTree makes the tree of a and sets the loader of a.
func muslTree(t *testing.T, a *arch) string {
	t.Helper()
	top := filepath.Join(t.TempDir(), a.deb)
	unpack(t, top, fetch(t, *a, a.packages), true)
	for _, dir := range []string{"/usr/lib/" + a.triplet + "/gconv", "/usr/lib/debug", "/usr/lib/" + a.triplet + "/perl-base"} {
		if err := os.RemoveAll(top + dir); err != nil {
			t.Fatal(err)
		}
	}
	glibc := []string{"/libc.so.6", "/ld-linux*", "/ld64.so*", "/libpthread.so*", "/libdl.so*", "/librt.so*", "/libm.so*", "/libutil.so*"}
	for _, pattern := range glibc {
		for _, dir := range []string{"/usr/lib/" + a.triplet, "/usr/lib"} {
			names, _ := filepath.Glob(top + dir + pattern)
			for _, name := range names {
				remove(t, name)
			}
		}
	}
	libs, _ := filepath.Glob(top + "/usr/lib/" + a.triplet + "/*.so*")
	move(t, libs, top+"/usr/lib")
	vendor, _ := filepath.Glob(top + "/usr/lib/libsqlite3.so*")
	move(t, vendor, top+"/opt/vendor/lib")
	unpack(t, top, fetch(t, *a, []string{"musl"}), false)
	install(t, *a, top)
	loaders, _ := filepath.Glob(top + "/usr/lib/ld-musl-*")
	if len(loaders) != 1 {
		t.Fatalf("loaders %q", loaders)
	}
	a.interp = "/lib/" + filepath.Base(loaders[0])
	if err := os.Remove(top + muslPath(a.interp)); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, file := range elfFiles(t, top) {
		renameInterp(t, top+file, a.interp)
	}
	return top
}

// renameInterp overwrites PT_INTERP with another name. It removes the program when the
// name is too long.
func renameInterp(t *testing.T, name, to string) {
	t.Helper()
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if int(p.Filesz) <= len(to) {
			remove(t, name)
			return
		}
		copy(b[p.Off:p.Off+p.Filesz], to+strings.Repeat("\x00", int(p.Filesz)-len(to)))
		if err := os.WriteFile(name, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// compareMusl is compareAll for musl.
func compareMusl(t *testing.T, a arch, top string) {
	t.Helper()
	files := slices.DeleteFunc(elfFiles(t, top), func(f string) bool {
		return strings.Contains(f, "musl") // the loader itself
	})
	equal, missing := 0, 0
	for _, file := range files {
		want := list(a, top, "/", file)
		c, stderr := print(t, command(top, "/", file))
		missing += len(want.missing)
		if diff := compare(want, c.answer()); diff != "" {
			t.Errorf("%s: %s\n%s", file, diff, stderr)
			continue
		}
		equal++
	}
	t.Logf("%d files compared, %d equal, %d names missing in both", len(files), equal, missing)
	if len(files) < 50 {
		t.Errorf("only %d files", len(files))
	}
}
