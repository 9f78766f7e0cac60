package elfdeps

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// A file that is not a program has an error that says what it is, and no object.
func TestNoPrograms(t *testing.T) {
	elfFile := string(elftest.File{}.Bytes())
	w := tree{
		"/dir": "dir", "/empty": "text ", "/text": "text hello, tree", "/noise": "text \x01\x02\x03\x80", "/cut": "text " + elfFile[:30],
		"/cut2": "text " + elfFile[:100], "/core": "lib type=4", "/x.o": "lib type=1", "/x.a": "text !<arch>\nx", "/x.exe": "text MZ\x90\x00",
		"/odd": "lib type=77", "/class": "text \x7fELF\x09\x01\x01" + strings.Repeat("\x00", 64),
	}
	for name, want := range map[string]string{
		"/none":  "PathError:{open /none: no such file or directory}",
		"/dir":   "KindError:{/dir: is a directory, not a program}",
		"/empty": "KindError:{/empty: is an empty file, not a program}",
		"/text":  "KindError:{/text: is a text file without a #! line, not a program}",
		"/noise": "KindError:{/noise: is a file of unknown format, not a program}",
		"/core":  "KindError:{/core: is a core dump, not a program}",
		"/x.o":   "KindError:{/x.o: is a relocatable object, not yet linked, not a program}",
		"/x.a":   "KindError:{/x.a: is a static library, not a program}",
		"/x.exe": "KindError:{/x.exe: is a Windows program, not a program}",
		"/cut":   "FormatError:{/cut: the ELF header is truncated (at byte 30)}",
		"/cut2":  "FormatError:{/cut2: the program headers lie beyond the end of the file (at byte 64)}",
		"/odd":   "FormatError:{/odd: unknown ELF file type ET_LOOS-178 (at byte 16)}",
		"/class": "FormatError:{/class: unknown ELF class 9 (at byte 4)}",
	} {
		c := w.run(t, Resolver{}, name)
		got := strings.Replace(summary(c), "fs.", "", 1)
		got = strings.TrimPrefix(strings.TrimPrefix(got, "*"), "elfdeps.")
		if name == "/odd" {
			got, want = got[:40], want[:40]
		}
		if got != want || len(c.Objects) > 0 {
			t.Errorf("%s: got %s, %d objects; want %s", name, got, len(c.Objects), want)
		}
	}
}

// A debug file has a dynamic segment without bytes in the file.
func TestDebugFile(t *testing.T) {
	b := elftest.File{Needed: []string{"liba.so"}}.Bytes()
	for at := 64; at < 0x200; at += 56 {
		if elf.ProgType(binary.LittleEndian.Uint32(b[at:])) == elf.PT_DYNAMIC {
			binary.LittleEndian.PutUint64(b[at+32:], 0)
		}
	}
	w := tree{"/x.debug": "text " + string(b)}
	if got := summary(w.run(t, Resolver{}, "/x.debug")); got != "KindError:{/x.debug: is a separate debug file, not a program}" {
		t.Error(got)
	}
}

func TestErrorsAs(t *testing.T) {
	w := tree{"/bin/t": "exe needs=liba.so runpath=/m:/none", "/m/liba.so": "lib class32"}
	w[glibcLoader] = "ld"
	r := &Resolver{FS: w.build(t)}
	c, err := r.Resolve(t.Context(), "/bin/t", "/bin/none")
	var missing *MissingError
	if !errors.As(err, &missing) || !errors.Is(err, fs.ErrNotExist) || missing != c.Missing[0] {
		t.Fatalf("error %v", err)
	}
	want := []Tried{
		{"/m/liba.so", "wrong ELF class", RuleRunpath},
		{"/none/liba.so", "no such file or directory", RuleRunpath},
		{"/lib/liba.so", "no such file or directory", RuleDefault},
		{"/usr/lib/liba.so", "no such file or directory", RuleDefault},
	}
	if !slices.Equal(missing.Tried, want) {
		t.Errorf("tried %v, want %v", missing.Tried, want)
	}
	if want := "/bin/t: needs liba.so, which is not found\nopen /bin/none: no such file or directory"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// Static programs load nothing, whatever they look like.
func TestStatic(t *testing.T) {
	for _, spec := range []string{"static", "lib pie", "lib nodyn", "lib type=2"} {
		c := tree{"/bin/t": spec}.run(t, Resolver{}, "/bin/t")
		if got := summary(c); got != "/bin/t" || c.Objects[0].Kind != Executable {
			t.Errorf("%s: %s, kind %s", spec, got, c.Objects[0].Kind)
		}
	}
}

// A shared object is resolved as what dlopens it would; its loader belongs to
// the closure only if something needs it.
func TestSharedObject(t *testing.T) {
	w := tree{
		"/m/liba.so": "lib needs=libb.so runpath=$ORIGIN", "/m/libb.so": "lib", "/m/libc1.so": "lib needs=ld-linux-x86-64.so.2",
		"/m/libd.so": "lib needs=libe.so",
	}
	for path, want := range map[string]string{
		"/m/liba.so":  "/m/liba.so /m/libb.so",
		"/m/libb.so":  "/m/libb.so",
		"/m/libc1.so": "/m/libc1.so " + glibcLoader,
		"/m/libd.so":  "/m/libd.so missing:libe.so</m/libd.so",
	} {
		if got := summary(w.run(t, Resolver{}, path)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	w["/ld2"] = "ld dirs=/two/lib/"
	w["/two/lib/libe.so"] = "lib"
	if got := summary(w.run(t, Resolver{Interpreter: "/ld2"}, "/m/libd.so")); got != "/m/libd.so /two/lib/libe.so" {
		t.Errorf("with a loader given: %s", got)
	}
}

// Files of every class and byte order are read.
func TestForeign(t *testing.T) {
	for _, spec := range []string{"machine=62", "machine=22 big", "machine=40 class32", "machine=8 class32 big", "machine=20 class32 big", "machine=243"} {
		w := tree{
			"/ld": "ld " + spec, "/bin/t": "exe interp=/ld needs=liba.so,libb.so rpath=$ORIGIN wants=liba.so:V1 " + spec,
			"/bin/liba.so": "lib defines=V1 soname=libb.so " + spec,
		}
		c := w.run(t, Resolver{}, "/bin/t")
		if got := summary(c); got != "/bin/t /ld /bin/liba.so" {
			t.Errorf("%s: %s", spec, got)
		}
		if e := c.Objects[0].Needed[1]; e.Rule != RuleAlreadyLoaded || e.To.Soname != "libb.so" {
			t.Errorf("%s: %+v", spec, e)
		}
	}
}

func TestEdges(t *testing.T) {
	w := tree{
		"/bin/t": "exe needs=liba.so,libb.so,/m/libc1.so,libn.so runpath=$ORIGIN/../m:/n", "/m/liba.so": "lib", "/lib/libb.so": "lib needs=liba.so",
		"/m/libc1.so": "lib",
	}
	c := w.run(t, Resolver{}, "/bin/t")
	var got []string
	for _, o := range c.Objects {
		for _, e := range o.Needed {
			got = append(got, fmt.Sprintf("%s %s %s %s %s", o.Path, e.Name, e.Path, e.Rule, e.Element))
		}
	}
	want := []string{
		"/bin/t liba.so /bin/../m/liba.so runpath $ORIGIN/../m",
		"/bin/t libb.so /lib/libb.so default /lib/",
		"/bin/t /m/libc1.so /m/libc1.so absolute ",
		"/bin/t libn.so   ",
		"/lib/libb.so liba.so /bin/../m/liba.so already-loaded ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	o := c.Objects[0]
	if o.Kind != Executable || o.Machine != elf.EM_X86_64 || o.Class != elf.ELFCLASS64 || o.Data != elf.ELFDATA2LSB || o.Type != elf.ET_DYN || o.Size == 0 || o.Interp != glibcLoader {
		t.Errorf("%+v", o)
	}
}

func TestDlopen(t *testing.T) {
	w := tree{
		glibcLoader: "ld", muslLoader: "lib",
		"/bin/t": "exe needs=liba.so runpath=/m", "/m/liba.so": "lib", "/m/libp.so": "lib needs=libq.so,liba.so", "/m/libq.so": "lib", "/lib/libq.so": "lib",
		"/bin/m": "musl needs=liba.so runpath=/m", "/bin/r": "exe rpath=/m", "/bin/s": "static", "/bin/x": "text #!/bin/t\n",
	}
	r := &Resolver{FS: w.build(t)}
	for _, tc := range []struct{ program, names, want string }{
		{"/bin/t", "libp.so", "/bin/t " + glibcLoader + " /m/liba.so /m/libp.so /lib/libq.so"},
		{"/bin/r", "libp.so", "/bin/r " + glibcLoader + " /m/libp.so /m/libq.so /m/liba.so"},
		{"/bin/m", "libp.so", "/bin/m " + muslLoader + " /m/liba.so /m/libp.so /m/libq.so"},
		{"/bin/t", "liba.so $ORIGIN/../m/libp.so none.so", "/bin/t " + glibcLoader + " /m/liba.so /bin/../m/libp.so /lib/libq.so missing:none.so</bin/t"},
		{"/bin/s", "libp.so", "/bin/s missing:libp.so</bin/s"},
		{"/bin/x", "libp.so", "/bin/x /bin/t " + glibcLoader + " /m/liba.so /m/libp.so /lib/libq.so"},
	} {
		c, _ := r.Dlopen(t.Context(), tc.program, strings.Fields(tc.names)...)
		if got := summary(c); got != tc.want {
			t.Errorf("%s, %s:\ngot  %s\nwant %s", tc.program, tc.names, got, tc.want)
		}
		for _, o := range c.Objects {
			if plugin := strings.HasSuffix(o.Path, "/libp.so"); plugin != (o.Kind == Plugin) {
				t.Errorf("%s is a %s", o.Path, o.Kind)
			}
		}
	}
}

func TestMerge(t *testing.T) {
	w := tree{
		"/bin/t": "exe needs=liba.so rpath=/1", "/bin/u": "exe needs=liba.so,libz.so rpath=/1:/2", "/1/liba.so": "lib needs=libb.so,libz.so", "/1/libb.so": "lib",
		"/2/libz.so": "lib",
	}
	a, b := w.run(t, Resolver{}, "/bin/t"), w.run(t, Resolver{}, "/bin/u", "/none")
	a.Merge(b)
	both := w.run(t, Resolver{}, "/bin/t", "/bin/u", "/none")
	want := "/bin/t " + glibcLoader + " /1/liba.so /1/libb.so /bin/u /2/libz.so missing:libz.so</1/liba.so *fs.PathError:{open /none: no such file or directory}"
	for _, c := range []*Closure{a, both} {
		if got := summary(c); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		known := map[*Object]bool{nil: true}
		for _, o := range c.Objects {
			known[o] = true
		}
		for _, o := range c.Objects {
			for _, e := range o.Needed {
				if !known[e.To] {
					t.Errorf("%s: %s leads out of the closure", o.Path, e.Name)
				}
			}
		}
	}
}

// The result for many programs is the same as for one after the other.
func TestManyPrograms(t *testing.T) {
	w := tree{"/lib/libc.so.6": "lib"}
	var paths []string
	for i := range 60 {
		name := fmt.Sprintf("/bin/p%d", i)
		w[name] = fmt.Sprintf("exe needs=lib%d.so,libc.so.6,lib%d.so", i%7, i%11)
		paths = append(paths, name)
	}
	for i := range 9 {
		w[fmt.Sprintf("/lib/lib%d.so", i)] = "lib needs=libc.so.6"
	}
	single := &Closure{}
	for _, p := range paths {
		single.Merge(w.run(t, Resolver{}, p))
	}
	if got, want := summary(w.run(t, Resolver{}, paths...)), summary(single); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestManyEdges(t *testing.T) {
	w := tree{glibcLoader: "ld", "/bin/t": "exe needs=lib0.so,lib1.so runpath=/m"}
	for i := range 40 {
		w[fmt.Sprintf("/m/lib%d.so", i)] = fmt.Sprintf("lib needs=lib%d.so,lib%d.so rpath=$ORIGIN", min(39, 2*i+2), min(39, 2*i+3))
	}
	got, err := (&Resolver{FS: w.build(t)}).Resolve(t.Context(), "/bin/t")
	if err != nil || len(got.Objects) != 42 {
		t.Errorf("%v\n%s", err, summary(got))
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := tree{glibcLoader: "ld", "/bin/t": "exe"}
	if _, err := (&Resolver{FS: w.build(t)}).Resolve(ctx, "/bin/t"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// On a real directory: names of any bytes, hard links, links that lead out.
func TestRealDirectory(t *testing.T) {
	dir := t.TempDir()
	odd := "caf\xe9 =>\n(x)"
	put := func(name string, f elftest.File) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Bytes(), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lib := odd + ".so"
	put("ld.so", testtree.Loader(nil))
	put("bin/t", elftest.File{Interp: "/ld.so", Needed: []string{lib, "hard.so", "away.so"}, Runpath: "/" + odd})
	put(odd+"/"+lib, elftest.File{})
	if err := os.Link(filepath.Join(dir, odd, lib), filepath.Join(dir, odd, "hard.so")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../../../../../../../../away.so", filepath.Join(dir, odd, "away.so")); err != nil {
		t.Fatal(err)
	}
	put("away.so", elftest.File{Type: elf.ET_DYN})
	r := &Resolver{FS: sysroot.Host(dir)}
	c, err := r.Resolve(t.Context(), "/bin/t")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/bin/t", "/ld.so", "/" + odd + "/" + lib, "/" + odd + "/hard.so", "/" + odd + "/away.so"}
	if !slices.Equal(c.Opened, want) || len(c.Objects) != 4 || c.Objects[3].RealPath != "/away.so" {
		t.Errorf("%q, %d objects", c.Opened, len(c.Objects))
	}
}
