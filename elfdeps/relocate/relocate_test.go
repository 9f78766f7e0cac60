package relocate

import (
	"context"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testcache"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// moved is the image that has the named files of a source, "from>to" being one
// at another path, and what more says besides.
func moved(t *testing.T, source fstest.MapFS, files string, more testtree.Tree) fstest.MapFS {
	t.Helper()
	image := fstest.MapFS{}
	if len(more) > 0 {
		image = more.Build(t)
	}
	for word := range strings.FieldsSeq(files) {
		from, to, _ := strings.Cut(word, ">")
		if to == "" {
			to = from
		}
		if source[from[1:]] == nil {
			t.Fatalf("no %s", from)
		}
		image[to[1:]] = source[from[1:]]
	}
	return image
}

// entriesIn lists the entries of a cache, as "NAME[@LEVEL]=PATH", for the names
// that the tree uses.
func entriesIn(t *testing.T, data []byte) (out []string) {
	t.Helper()
	c := ldcache.Parse(data, elffile.ABI{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB})
	if c == nil {
		t.Fatal("no cache")
	}
	for _, name := range strings.Fields("liba.so libb.so libc1.so libv.so") {
		found := c.Lookup(name)
		for _, level := range []string{"x86-64-v2", "x86-64-v3", ""} {
			p := &ldcache.Processor{ISA: 3}
			if level != "" {
				p.Levels = []string{level}
			}
			path, ok := c.Choose(found, p)
			switch {
			case ok && level == "":
				out = append(out, name+"="+path)
			case ok && strings.Contains(path, "/glibc-hwcaps/"):
				out = append(out, name+"@"+level+"="+path)
			}
		}
	}
	return out
}

func TestCompare(t *testing.T) {
	const ld = " " + testtree.GlibcLoader
	cacheOf := func(words string) string {
		return testcache.File(words)
	}
	for _, c := range []struct {
		name   string
		tree   testtree.Tree
		path   string // LD_LIBRARY_PATH at the source
		dlopen string
		files  string        // of the image
		more   testtree.Tree // in the image
		want   string        // the files that mend
		lost   string
	}{
		{
			name:  "nothing to mend",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": cacheOf("liba.so=/lib/liba.so")},
			files: "/bin/t /lib/liba.so" + ld,
		},
		{
			name: "cache, and what that library needs",
			tree: testtree.Tree{
				"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib needs=libb.so", "/srv/libb.so": "lib needs=liba.so",
				"/etc/ld.so.cache": cacheOf("liba.so=/opt/liba.so libb.so=/srv/libb.so libc1.so=/gone"),
			},
			files: "/bin/t /opt/liba.so /srv/libb.so" + ld,
			want:  "/etc/ld.so.cache: liba.so=/opt/liba.so libb.so=/srv/libb.so",
		},
		{
			name:  "library path by a file name that is no SONAME",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib soname=libelse.so"},
			path:  "/opt",
			files: "/bin/t /opt/liba.so" + ld,
			want:  "/etc/ld.so.cache: liba.so=/opt/liba.so",
		},
		{
			name:  "another file is in the way",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib", "/lib/liba.so": "lib soname=x"},
			path:  "/opt",
			files: "/bin/t /opt/liba.so /lib/liba.so" + ld,
			want:  "/etc/ld.so.cache: liba.so=/opt/liba.so",
		},
		{
			name:  "the file itself stayed behind",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib"},
			path:  "/opt",
			files: "/bin/t" + ld,
			lost:  "liba.so</bin/t",
		},
		{
			name:  "an interpreter with a cache of its own",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib", testtree.GlibcLoader: "ld cache=/nix/etc/ld.so.cache"},
			path:  "/opt",
			files: "/bin/t /opt/liba.so" + ld,
			want:  "/nix/etc/ld.so.cache: liba.so=/opt/liba.so",
		},
		{
			name:  "origin, and the program moved alone",
			tree:  testtree.Tree{"/home/t": "exe needs=liba.so runpath=$ORIGIN", "/home/liba.so": "lib"},
			files: "/home/t>/bin/t /home/liba.so" + ld,
			lost:  "liba.so</bin/t",
		},
		{
			name:  "origin in the name, and both moved",
			tree:  testtree.Tree{"/home/t": "exe needs=$ORIGIN/liba.so", "/home/liba.so": "lib needs=libb.so", "/opt/libb.so": "lib"},
			path:  "/opt",
			files: "/home/t>/bin/t /home/liba.so>/bin/liba.so /opt/libb.so" + ld,
			want:  "/etc/ld.so.cache: libb.so=/opt/libb.so",
		},
		{
			name: "variants",
			tree: testtree.Tree{
				"/bin/t": "exe needs=libv.so", "/opt/libv.so": "lib needs=liba.so", "/opt/glibc-hwcaps/x86-64-v2/libv.so": "lib needs=libb.so",
				"/opt/glibc-hwcaps/x86-64-v3/libv.so": "lib", "/opt/liba.so": "lib", "/opt/libb.so": "lib",
				testtree.GlibcLoader: "ld hwcaps=x86-64-v4:x86-64-v3:x86-64-v2",
			},
			path: "/opt",
			files: "/bin/t /opt/libv.so /opt/glibc-hwcaps/x86-64-v2/libv.so /opt/glibc-hwcaps/x86-64-v3/libv.so /opt/liba.so /opt/libb.so" +
				ld,
			want: "/etc/ld.so.cache: liba.so=/opt/liba.so libb.so=/opt/libb.so libv.so@x86-64-v2=/opt/glibc-hwcaps/x86-64-v2/libv.so " +
				"libv.so@x86-64-v3=/opt/glibc-hwcaps/x86-64-v3/libv.so libv.so=/opt/libv.so",
		},
		{
			name: "a variant alone",
			tree: testtree.Tree{
				"/bin/t": "exe needs=libv.so", "/opt/glibc-hwcaps/x86-64-v3/libv.so": "lib",
				testtree.GlibcLoader: "ld hwcaps=x86-64-v4:x86-64-v3:x86-64-v2",
			},
			path:  "/opt",
			files: "/bin/t /opt/glibc-hwcaps/x86-64-v3/libv.so" + ld,
			want:  "/etc/ld.so.cache: libv.so@x86-64-v3=/opt/glibc-hwcaps/x86-64-v3/libv.so",
		},
		{
			name: "dlopen",
			tree: testtree.Tree{"/bin/t": "exe", "/opt/liba.so": "lib needs=libb.so", "/opt/libb.so": "lib"},
			path: "/opt", dlopen: "liba.so",
			files: "/bin/t /opt/liba.so /opt/libb.so" + ld,
			want:  "/etc/ld.so.cache: liba.so=/opt/liba.so libb.so=/opt/libb.so",
		},
		{
			name:  "a script",
			tree:  testtree.Tree{"/bin/s": "text #!/bin/t\n", "/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib"},
			path:  "/opt",
			files: "/bin/s /bin/t /opt/liba.so" + ld,
			want:  "/etc/ld.so.cache: liba.so=/opt/liba.so",
		},
		{
			name:  "a cache that somebody else put there",
			tree:  testtree.Tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib"},
			path:  "/opt",
			files: "/bin/t /opt/liba.so" + ld,
			more:  testtree.Tree{"/etc/ld.so.cache": cacheOf("libb.so=/b")},
			lost:  "liba.so</bin/t",
		},
		{
			name:  "musl",
			tree:  testtree.Tree{"/bin/t": "musl needs=liba.so", "/opt/liba.so": "lib needs=libb.so", "/srv/libb.so": "lib", "/etc/ld-musl-x86_64.path": "text /usr/lib\n/lib"},
			path:  "/opt:/srv",
			files: "/bin/t /opt/liba.so /srv/libb.so " + testtree.MuslLoader,
			want:  "/etc/ld-musl-x86_64.path: /usr/lib /lib /opt /srv",
		},
		{
			name:  "musl with its .path file, to be copied as it is",
			tree:  testtree.Tree{"/bin/t": "musl needs=liba.so", "/opt/liba.so": "lib", "/etc/ld-musl-x86_64.path": "text /opt"},
			files: "/bin/t /opt/liba.so " + testtree.MuslLoader,
		},
		{
			name:  "musl, another file in the way",
			tree:  testtree.Tree{"/bin/t": "musl needs=liba.so", "/opt/liba.so": "lib", "/lib/liba.so": "lib soname=x"},
			path:  "/opt",
			files: "/bin/t /opt/liba.so /lib/liba.so " + testtree.MuslLoader,
			want:  "/etc/ld-musl-x86_64.path: /lib /usr/local/lib /usr/lib /opt",
			lost:  "liba.so</bin/t",
		},
		{name: "static", tree: testtree.Tree{"/bin/t": "static"}, files: "/bin/t"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, spec := range map[string]string{testtree.GlibcLoader: "ld", testtree.MuslLoader: "lib soname=libc.so"} {
				if _, ok := c.tree[name]; !ok {
					c.tree[name] = spec
				}
			}
			source := c.tree.Build(t)
			image := moved(t, source, c.files, c.more)
			same := func(_ context.Context, a, b *elfdeps.Object) (bool, error) {
				return source[a.RealPath[1:]] == image[b.RealPath[1:]], nil
			}
			tr := Comparison{Source: &elfdeps.Resolver{FS: source, LibraryPath: c.path}, Image: &elfdeps.Resolver{FS: image}, Same: same}
			from, to, _ := strings.Cut(strings.Fields(c.files)[0], ">")
			if to == "" {
				to = from
			}
			var lost []string
			losses, err := tr.Compare(t.Context(), from, to, c.dlopen)
			if err != nil {
				t.Error(err)
			}
			for _, l := range losses {
				lost = append(lost, l.Name+"<"+l.NeededBy)
			}
			if got := strings.Join(lost, " "); got != c.lost {
				t.Errorf("lost %q, want %q", got, c.lost)
			}
			var got []string
			for _, f := range tr.Files() {
				content := strings.Fields(string(f.Data))
				if strings.HasSuffix(f.Path, ".cache") {
					content = entriesIn(t, f.Data)
				}
				got = append(got, fmt.Sprintf("%s: %s", f.Path, strings.Join(content, " ")))
				image[f.Path[1:]] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			}
			if !slices.Equal(got, strings.FieldsFunc(c.want, func(r rune) bool { return r == '\n' })) {
				t.Errorf("files %q, want %q", got, c.want)
			}
			again := Comparison{Source: tr.Source, Image: &elfdeps.Resolver{FS: image}, Same: same}
			if l, _ := again.Compare(t.Context(), from, to, c.dlopen); c.lost == "" && len(l) > 0 {
				t.Errorf("with the files: %v", l[0])
			}
		})
	}
}
