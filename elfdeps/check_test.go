package elfdeps

import "testing"

func TestCandidates(t *testing.T) {
	two := func(spec string) tree {
		return tree{"/bin/t": "exe needs=liba.so runpath=/1:/2", "/1/liba.so": spec, "/2/liba.so": "lib"}
	}
	debian := func(spec string) tree {
		w := two(spec)
		w[glibcLoader] = "ld vendor=Debian dirs=/lib/x86_64-linux-gnu/,/lib/"
		return w
	}
	refused := func(why string) string {
		return "FatalError:{/1/liba.so: cannot be loaded as liba.so, needed by /bin/t: " + why + "}"
	}
	runCases(t, []searchCase{
		{name: "dangling link", tree: two("-> none"), want: "/2/liba.so"},
		{name: "other class", tree: two("lib class32"), want: "/2/liba.so"},
		{name: "other machine", tree: two("lib machine=183"), want: "/2/liba.so"},
		{name: "other machine and byte order", tree: two("lib machine=22 big"), want: refused("wrong byte order")},
		{name: "which Debian skips", tree: debian("lib machine=22 big"), want: "/2/liba.so"},
		{name: "other machine and OS", tree: two("lib machine=183 osabi=9"), want: refused("its ELF header has values that the loader rejects")},
		{name: "which Debian skips, too", tree: debian("lib machine=183 osabi=9"), want: "/2/liba.so"},
		{name: "other OS", tree: debian("lib osabi=9"), want: refused("its ELF header has values that the loader rejects")},
		{name: "GNU's ABI", tree: two("lib osabi=3 abiversion=3"), want: "/1/liba.so"},
		{name: "GNU's ABI of the future", tree: two("lib osabi=3 abiversion=4"), want: refused("its ELF header has values that the loader rejects")},
		{name: "text", tree: two("text GROUP ( /lib/libreal.so ) /* a linker script, longer than an ELF header is */"), want: refused("it is not an ELF file")},
		{name: "empty", tree: two("text "), want: refused("the file is too short")},
		{name: "directory", tree: two("dir"), want: refused("cannot be read: is a directory")},
		{name: "relocatable", tree: two("lib type=1"), want: refused("it is neither a shared object nor an executable")},
		{name: "executable", tree: two("lib type=2"), want: refused("it is an executable")},
		{name: "PIE", tree: two("lib pie"), want: refused("it is a position-independent executable")},
		{name: "no dynamic segment", tree: two("lib nodyn"), want: refused("it has no dynamic segment")},
		{name: "no section headers", tree: two("lib"), want: "/1/liba.so"},
		{name: "wild section headers", tree: two("lib sections=1"), want: "/1/liba.so"},
		{name: "lying section headers", tree: two("lib sections=2"), want: "/1/liba.so"},
	})
}

// What machines with several ABIs look at in e_flags.
func TestCandidateFlags(t *testing.T) {
	for _, tc := range []struct {
		name, elf, loader, other string
		debian                   bool
		want                     string
	}{
		{name: "RISC-V", elf: "machine=243", loader: "flags=5", other: "flags=1", want: "/2/liba.so"},
		{name: "RISC-V compressed or not", elf: "machine=243", loader: "flags=5", other: "flags=4", want: "/1/liba.so"},
		{name: "PPC64 of unknown ABI", elf: "machine=21", loader: "flags=2", other: "flags=0", want: "/1/liba.so"},
		{name: "PPC64 of another", elf: "machine=21", loader: "flags=2", other: "flags=1", want: "/2/liba.so"},
		{name: "ARM soft beside hard", elf: "class32 machine=40", loader: "flags=0x5000400", other: "flags=0x5000200", debian: true, want: "/2/liba.so"},
		{
			name: "upstream refuses it", elf: "class32 machine=40", loader: "flags=0x5000400", other: "flags=0x5000200",
			want: "FatalError:{/1/liba.so: cannot be loaded as liba.so, needed by /bin/t: wrong floating-point ABI}",
		},
		{name: "MIPS NaN 2008", elf: "machine=8 big", loader: "flags=0", other: "flags=0x400", want: "/2/liba.so"},
		{name: "s390's old number", elf: "machine=22 big", loader: "flags=0", other: "machine=0xa390", want: "/1/liba.so"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ld := "ld " + tc.elf + " " + tc.loader
			if tc.debian {
				ld += " vendor=Debian"
			}
			same := " " + tc.elf + " " + tc.loader
			w := tree{
				"/ld.so": ld, "/bin/t": "exe interp=/ld.so needs=liba.so runpath=/1:/2" + same,
				"/1/liba.so": "lib " + tc.elf + " " + tc.other, "/2/liba.so": "lib" + same,
			}
			if got := summary(w.run(t, Resolver{}, "/bin/t")); got != "/bin/t /ld.so "+tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
