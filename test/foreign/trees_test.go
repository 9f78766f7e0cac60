//go:build linux

package foreign

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// tree unpacks the packages of an architecture and adds what installed systems have: a
// directory that is found by the cache only, one behind a symlink, and libraries that have
// been removed although this machine has them.
func tree(t *testing.T, a arch) string {
	t.Helper()
	debs := fetch(t, a, a.packages)
	top := filepath.Join(t.TempDir(), a.deb)
	unpack(t, top, debs, a.merged)
	install(t, a, top)
	libs := func(name string) []string { return find(t, top, a, name) }
	move(t, libs("libsqlite3.so*"), filepath.Join(top, "usr/local/lib"))
	move(t, libs("libreadline.so*"), filepath.Join(top, "opt/vendor/lib"))
	harness.Link(t, "/opt/vendor/lib", filepath.Join(top, "usr/lib/vendor"))
	harness.Write(t, filepath.Join(top, "etc/ld.so.conf.d/vendor.conf"), []byte("/usr/lib/vendor\n"), 0o644)
	for _, name := range append(libs("libtinfo.so*"), libs("libzstd.so*")...) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// find returns the files of that name in the machine's library directories.
func find(t *testing.T, top string, a arch, name string) (files []string) {
	t.Helper()
	for _, dir := range []string{"usr/lib", "lib"} {
		if dir == "lib" && a.merged {
			break
		}
		names, err := filepath.Glob(filepath.Join(top, dir, a.triplet, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, names...)
	}
	if len(files) == 0 {
		t.Fatalf("%s: no %s", a.deb, name)
	}
	return files
}

func TestDebianTrees(t *testing.T) {
	testenv.SkipSlow(t)
	for _, a := range arches {
		t.Run(a.deb, func(t *testing.T) {
			t.Parallel()
			top := tree(t, a)
			t.Run("without a cache", func(t *testing.T) { compareAll(t, a, top) })
			ldconfig(t, top)
			t.Run("with a cache", func(t *testing.T) { compareAll(t, a, top) })
		})
	}
}

// compareAll compares the answers of the command and of the loader of the tree for every
// program and shared object in it.
func compareAll(t *testing.T, a arch, top string) {
	t.Helper()
	files := elfFiles(t, top)
	if len(files) < 100 {
		t.Fatalf("only %d ELF files", len(files))
	}
	equal, missing := 0, 0
	for _, file := range files {
		want := ask(t, a, top, "/", file)
		c, stderr := print(t, command(top, "/", file))
		got := c.answer()
		missing += len(want.missing)
		if diff := compare(want, got); diff != "" {
			t.Errorf("%s: %s\n%s", file, diff, stderr)
			continue
		}
		equal++
	}
	t.Logf("%d files compared, %d equal, %d names missing in both", len(files), equal, missing)
	if missing == 0 {
		t.Error("nothing is missing, although libtinfo was taken away")
	}
}

// compare describes how got differs from want; "" when it does not.
func compare(want, got answer) string {
	switch {
	case (want.fatal == "") != (got.fatal == ""):
		return "errors: " + got.fatal + "; want " + want.fatal
	case want.fatal != "": // the loader has stopped there
		return ""
	}
	for _, a := range []*answer{&want, &got} {
		slices.Sort(a.missing)
		a.missing = slices.Compact(a.missing)
	}
	var diff []string
	if !slices.Equal(want.missing, got.missing) {
		diff = append(diff, fmt.Sprintf("missing: %q; want %q", got.missing, want.missing))
	}
	if !slices.Equal(want.loaded, got.loaded) {
		diff = append(diff, "loaded: "+lines(got.loaded)+"\nwant: "+lines(want.loaded))
	}
	return strings.Join(diff, "\n")
}

func lines(pairs [][2]string) string {
	var b strings.Builder
	for _, p := range pairs {
		fmt.Fprintf(&b, "\n\t%q => %q", p[0], p[1])
	}
	return b.String()
}
