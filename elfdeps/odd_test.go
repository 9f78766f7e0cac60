package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
)

// raw is an ELF file made of words, with bytes changed, as a tree has it.
func raw(t *testing.T, spec string, change func(b []byte)) string {
	t.Helper()
	b := testtree.ELF(t, spec).Bytes()
	change(b)
	return "text " + string(b)
}

// The loaders find the dynamic segment by its address, wherever the program
// header says that it lies in the file and however long.
func TestDynamicByAddress(t *testing.T) {
	poke := func(off, size uint64) func([]byte) {
		return func(b []byte) {
			at := testtree.Phdr(b, elf.PT_DYNAMIC)
			binary.LittleEndian.PutUint64(b[at+8:], off)
			binary.LittleEndian.PutUint64(b[at+32:], size)
		}
	}
	for _, tc := range []struct {
		name      string
		exe, lib  func([]byte)
		glibc     string
		muslDiffs string
	}{
		{name: "offset of a library", lib: poke(24, 16), glibc: "/m/liba.so /m/libb.so"},
		{name: "offset of a program", exe: poke(8, 64), glibc: "/m/liba.so /m/libb.so"},
		{name: "size of a program", exe: poke(0, 0), glibc: "/m/liba.so /m/libb.so"},
		{
			name: "size of a library", lib: poke(0, 0), muslDiffs: "/m/liba.so /m/libb.so",
			glibc: "FatalError:{/m/liba.so: cannot be loaded as liba.so, needed by /bin/t: it has no dynamic segment}",
		},
	} {
		same := func([]byte) {}
		if tc.exe == nil {
			tc.exe = same
		}
		if tc.lib == nil {
			tc.lib = same
		}
		for _, kind := range []string{"exe", "musl"} {
			want := tc.glibc
			if kind == "musl" && tc.muslDiffs != "" {
				want = tc.muslDiffs
			}
			runCases(t, []searchCase{{
				name: kind + " " + tc.name,
				tree: tree{
					"/bin/t":     raw(t, kind+" needs=liba.so rpath=/m", tc.exe),
					"/m/liba.so": raw(t, "lib needs=libb.so", tc.lib), "/m/libb.so": "lib",
				},
				want: want,
			}})
		}
	}
}

// Of several dynamic segments the last one counts, even an empty one.
func TestTwoDynamic(t *testing.T) {
	lib := func(size uint64) string {
		return raw(t, "lib needs=libb.so interp=/x", func(b []byte) { // PT_INTERP comes before PT_DYNAMIC
			to, from := testtree.Phdr(b, elf.PT_INTERP), testtree.Phdr(b, elf.PT_DYNAMIC)
			copy(b[to:], b[from:from+56])
			binary.LittleEndian.PutUint64(b[from+32:], size)
		})
	}
	runCases(t, []searchCase{
		{name: "equal", tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": lib(8), "/lib/libb.so": "lib"}, want: "/lib/liba.so /lib/libb.so"},
		{
			name: "empty", tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": lib(0), "/lib/libb.so": "lib"},
			want: "FatalError:{/lib/liba.so: cannot be loaded as liba.so, needed by /bin/t: it has no dynamic segment}",
		},
	})
}

// musl's loader looks neither at the magic number nor at the class, byte order
// and machine.
func TestMuslIdent(t *testing.T) {
	w := func(at int, v byte) tree {
		return tree{"/bin/t": "musl needs=liba.so rpath=/m", "/m/libb.so": "lib", "/m/liba.so": raw(t, "lib needs=libb.so", func(b []byte) { b[at] = v })}
	}
	runCases(t, []searchCase{
		{name: "magic", tree: w(0, 1), want: "/m/liba.so /m/libb.so"},
		{name: "class", tree: w(4, 1), want: "/m/liba.so /m/libb.so"},
		{name: "no class", tree: w(4, 9), want: "/m/liba.so /m/libb.so"},
		{name: "byte order", tree: w(5, 2), want: "/m/liba.so /m/libb.so"},
		{name: "machine", tree: w(18, 183), want: "/m/liba.so /m/libb.so"},
		{
			name: "really another class", tree: tree{"/bin/t": "musl needs=liba.so rpath=/m", "/m/liba.so": "lib class32"},
			want: "FatalError:{/m/liba.so: cannot be loaded as liba.so, needed by /bin/t: wrong ELF class}",
		},
	})
}

// The file of a loader, not its name, says whose it is.
func TestLoaderByContent(t *testing.T) {
	musl := "lib soname=libc.so"
	w := func(interp, ld string) tree {
		return tree{"/bin/t": "exe needs=liba.so interp=" + interp, interp: ld, "/x/liba.so": "lib", "/opt/etc/ld-musl-x86_64.path": "text /x\n", "/lib/liba.so": "lib"}
	}
	muslFile := testtree.ELF(t, musl)
	muslFile.Payload = []byte("\x00/lib:/usr/local/lib:/usr/lib\x00%.*s/etc/ld-musl-x86_64.path\x00")
	for interp, ld := range map[string]string{"/opt/lib/ld.so": "text " + string(muslFile.Bytes()), "/opt/lib/ld-musl-foo.so.1": "ld"} {
		want := "/bin/t " + interp + " /opt/etc/ld-musl-x86_64.path /x/liba.so"
		if ld == "ld" {
			want = "/bin/t " + interp + " /lib/liba.so"
		}
		if got := summary(w(interp, ld).run(t, Resolver{}, "/bin/t")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOddGlibc(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "a program that names no loader but needs a library",
			tree: tree{"/bin/t": "lib pie needs=liba.so", "/lib/liba.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name: "at a fixed address",
			tree: tree{"/bin/t": "lib type=2 needs=liba.so", "/lib/liba.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name: "a socket cannot be opened, which ends its list",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/1:/2", "/1/liba.so": "socket", "/2/liba.so": "lib", "/lib/liba.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name:   "tokens in a needed path count once more",
			tree:   tree{"/$LIB/t": "exe needs=$ORIGIN/liba.so", "/$LIB/liba.so": "lib", "/lib/liba.so": "lib"},
			target: "/$LIB/t", want: "/lib/liba.so",
		},
		{
			name:   "but not in a found one",
			tree:   tree{"/$LIB/t": "exe needs=liba.so runpath=$ORIGIN", "/$LIB/liba.so": "lib", "/lib/liba.so": "lib"},
			target: "/$LIB/t", want: "/$LIB/liba.so",
		},
		{
			name: "the second comment is hidden by the first",
			tree: tree{"/bin/t": "exe", "/p/a.so": "lib", "/p/b.so": "lib", "/etc/ld.so.preload": "text # what is loaded into each program\n/p/a.so\n# /p/b.so\n"},
			want: "/etc/ld.so.preload /p/a.so /p/b.so",
		},
	})
}

// The Element of an edge is the path before its tokens were expanded.
func TestElementOfPath(t *testing.T) {
	w := tree{"/opt/bin/t": "exe needs=$ORIGIN/../x/liba.so,/lib/libb.so", "/opt/x/liba.so": "lib", "/lib/libb.so": "lib"}
	edges := w.run(t, Resolver{}, "/opt/bin/t").Objects[0].Needed
	if a := edges[0]; a.Element != "$ORIGIN/../x/liba.so" || a.Name != "/opt/bin/../x/liba.so" || a.Rule != RuleAbsolute || edges[1].Element != "" {
		t.Errorf("%+v", edges)
	}
}

// The hash beside a version's name counts too, and so does the table's version.
func TestVersionRecords(t *testing.T) {
	const want = "exe needs=liba.so wants=liba.so:V1"
	hash := binary.LittleEndian.AppendUint32(nil, 0x591) // of "V1"
	other := binary.LittleEndian.AppendUint32(nil, 0x592)
	for name, tc := range map[string]struct {
		from, to []byte
		want     string
	}{
		"as they are": {want: "/bin/t " + glibcLoader + " /lib/liba.so"},
		"table":       {[]byte{1, 0, 1, 0}, []byte{2, 0, 1, 0}, "/bin/t " + glibcLoader + " /lib/liba.so FatalError:{/bin/t: needs symbol versions: unsupported version 2 of Verneed record (at byte 5"},
		"hash":        {hash, other, "/bin/t " + glibcLoader + " /lib/liba.so VersionError:{version 'V1' of liba.so, needed by /bin/t, is not in /lib/liba.so}"},
	} {
		exe := raw(t, want, func(b []byte) {
			if at := bytes.Index(b, tc.from); len(tc.from) > 0 {
				copy(b[at:], tc.to)
			}
		})
		w := tree{"/bin/t": exe, "/lib/liba.so": "lib defines=V1"}
		if got := summary(w.run(t, Resolver{}, "/bin/t")); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}

// dlopen honours DF_1_NOOPEN and takes tokens only in paths.
func TestOddDlopen(t *testing.T) {
	w := tree{
		"/bin/t": "exe needs=libf.so runpath=/m", "/m/libf.so": "lib noopen", "/m/libn.so": "lib noopen", "/m/libd.so": "lib needs=libn.so runpath=/m",
		"/m/$LIB": "lib", glibcLoader: "ld",
	}
	for name, want := range map[string]string{
		"libf.so":      "",
		"libn.so":      " FatalError:{/m/libn.so: cannot be loaded as libn.so, needed by /bin/t: it must not be opened with dlopen (DF_1_NOOPEN)}",
		"libd.so":      " /m/libd.so FatalError:{/m/libn.so: cannot be loaded as libn.so, needed by /m/libd.so: it must not be opened with dlopen (DF_1_NOOPEN)}",
		"$LIB":         " /m/$LIB",
		"/m/$LIB":      " missing:/m/lib</bin/t",
		"/m/libd.so/.": " missing:/m/libd.so/.</bin/t",
	} {
		r := Resolver{FS: w.build(t)}
		c, _ := r.Dlopen(t.Context(), "/bin/t", name)
		if got, want := summary(c), "/bin/t "+glibcLoader+" /m/libf.so"+want; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// $ORIGIN of one of two hard links is where that link stands.
func TestHardLinkOrigin(t *testing.T) {
	for _, kind := range []string{"exe", "musl"} {
		w := tree{"/a/t": kind + " needs=liba.so rpath=$ORIGIN", "/b/t": "= /a/t", "/a/liba.so": "lib", "/b/liba.so": "lib"}
		ld := map[string]string{"exe": glibcLoader, "musl": muslLoader}[kind]
		if got, want := summary(w.run(t, Resolver{}, "/a/t", "/b/t")), "/a/t "+ld+" /a/liba.so /b/t /b/liba.so"; got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
}

// The object of a filter comes before the one that names it, as in the process.
func TestFilterOrder(t *testing.T) {
	w := tree{"/bin/t": "exe needs=libb.so,liba.so,libz.so", "/lib/liba.so": "lib aux=libf.so,libz.so", "/lib/libb.so": "lib", "/lib/libf.so": "lib", "/lib/libz.so": "lib"}
	var got []string
	for _, o := range w.run(t, Resolver{}, "/bin/t").Objects[2:] {
		got = append(got, o.Path)
	}
	if want := []string{"/lib/libb.so", "/lib/libf.so", "/lib/libz.so", "/lib/liba.so"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w = tree{"/bin/t": "exe needs=libb.so aux=libf.so", "/lib/libb.so": "lib", "/lib/libf.so": "lib"}
	if first := w.run(t, Resolver{}, "/bin/t").Objects[0]; first.Path != "/bin/t" {
		t.Errorf("the first is %s", first.Path)
	}
}
