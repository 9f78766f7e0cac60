package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// Files that are made to exhaust a reader are refused, with the offset of the error,
// in little time and memory.
func TestHostileFiles(t *testing.T) {
	plain := func() []byte {
		return elftest.File{Interp: glibcLoader, Needed: []string{"liba.so"}, Verdef: []string{"V1"}, Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"V1"}}}}.Bytes()
	}
	dyn := func(d ...elftest.Dyn) []byte { return elftest.File{Dyn: d}.Bytes() }
	many := func(n int) []byte {
		return elftest.File{Needed: strings.Split(strings.Repeat("liba.so,", n)+"z", ",")}.Bytes()
	}
	long := strings.Repeat("x", 64<<10)
	for name, tc := range map[string]struct {
		bytes []byte
		want  string
	}{
		"program headers beyond the end":   {testtree.Patched(plain(), map[int]uint64{32: 1 << 40}), "the program headers lie beyond the end of the file (at byte 1099511627776)"},
		"their offset overflows":           {testtree.Patched(plain(), map[int]uint64{32: ^uint64(0)}), "the program headers lie beyond the end"},
		"65535 program headers":            {testtree.Patched(plain(), map[int]uint64{54: 56 | 0xffff<<16}), "too many program headers: 65535 (at byte 56)"},
		"program headers of no size":       {testtree.Patched(plain(), map[int]uint64{54: 0 | 3<<16}), "program headers of 0 bytes, not 56 (at byte 54)"},
		"dynamic segment nowhere":          {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_DYNAMIC) + 16: 1 << 50}), "the dynamic segment is not in a loaded segment"},
		"dynamic segment beyond the end":   {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_LOAD) + 8: 1 << 50}), "the dynamic segment is not in a loaded segment"},
		"dynamic segment without an end":   {testtree.Patched(elftest.File{}.Bytes(), map[int]uint64{testtree.Phdr(elftest.File{}.Bytes(), elf.PT_DYNAMIC) + 32: 1 << 60}), ""},
		"interpreter beyond the end":       {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_INTERP) + 8: 1 << 50}), "the interpreter's name"},
		"interpreter of 4 GB":              {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_INTERP) + 32: 1 << 32}), "the interpreter's name"},
		"interpreter without an end":       {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_INTERP) + 32: 5}), "the interpreter's name is not terminated"},
		"a segment of 2^63 bytes":          {testtree.Patched(plain(), map[int]uint64{testtree.Phdr(plain(), elf.PT_LOAD) + 32: 1 << 63}), ""},
		"string table nowhere":             {dyn(elftest.Value(elf.DT_STRTAB, 1<<40), elftest.Text(elf.DT_SONAME, "x")), "DT_STRTAB does not point into a loaded segment"},
		"a name beyond the string table":   {dyn(elftest.Value(elf.DT_NEEDED, 1<<40)), "a name lies beyond the string table, at its byte 1099511627776"},
		"version tables nowhere":           {dyn(elftest.Value(elf.DT_VERNEED, 1<<40)), "DT_VERNEED does not point into a loaded segment"},
		"definitions nowhere":              {dyn(elftest.Value(elf.DT_VERDEF, 1<<40)), "DT_VERDEF does not point into a loaded segment"},
		"versions that are something else": {dyn(elftest.Value(elf.DT_VERNEED, elftest.Base)), ""},
		"a million names":                  {many(1 << 20), "too many dynamic entries"},
		"a name of 64 KB":                  {elftest.File{Interp: glibcLoader, Needed: []string{long}}.Bytes(), "missing:" + long[:50]},
		"many long names":                  {elftest.File{Needed: []string{long + "1", long + "2"}, Dyn: longNames()}.Bytes(), "its names are longer than 1048576 bytes"},
		"no segment":                       {testtree.Patched(elftest.File{Type: elf.ET_DYN}.Bytes(), map[int]uint64{54: 56}), "no loadable segment"},
	} {
		t.Run(name, func(t *testing.T) {
			c := within(t, tree{"/bin/t": "text " + string(tc.bytes)}, "/bin/t")
			if got := summary(c); !strings.Contains(got, tc.want[:min(len(tc.want), 100)]) {
				t.Errorf("got %.300s, want %.300s", got, tc.want)
			}
		})
	}
}

// longNames points into one long name again and again: each is a name of its own.
func longNames() []elftest.Dyn {
	var out []elftest.Dyn
	for i := range 200 {
		out = append(out, elftest.Value(elf.DT_NEEDED, uint64(1+i)))
	}
	return out
}

// within resolves and checks that a hostile file makes the search ask the file system
// a bounded number of questions and keep at most 64 MB. Both are the same on every
// machine, as against the time that it takes.
func within(t *testing.T, w tree, paths ...string) *Closure {
	t.Helper()
	w[glibcLoader] = "ld"
	fsys := &counted{ReadLinkFS: w.build(t)}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, err := (&Resolver{FS: fsys}).Resolve(t.Context(), paths...)
	runtime.ReadMemStats(&after)
	if fsys.questions > maxQuestions {
		t.Errorf("the file system was asked %d questions", fsys.questions)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("it keeps %d MB", grown>>20)
	}
	var fe *elffile.FormatError
	if errors.As(err, &fe) && fe.Offset < 0 {
		t.Errorf("offset %d", fe.Offset)
	}
	return c
}

// maxQuestions is several times what the worst tree of these tests needs.
const maxQuestions = 200_000

// counted is a file system that counts the questions it is asked.
type counted struct {
	fs.ReadLinkFS
	questions int
}

func (c *counted) Open(name string) (fs.File, error) {
	c.questions++
	return c.ReadLinkFS.Open(name)
}

func (c *counted) Lstat(name string) (fs.FileInfo, error) {
	c.questions++
	return c.ReadLinkFS.Lstat(name)
}

func (c *counted) ReadLink(name string) (string, error) {
	c.questions++
	return c.ReadLinkFS.ReadLink(name)
}

// Trees that are made to slow the search down.
func TestHostileTrees(t *testing.T) {
	var needs, dirs []string
	for i := range 4000 {
		needs = append(needs, fmt.Sprintf("lib%d.so", i))
		dirs = append(dirs, fmt.Sprintf("d%d", i))
	}
	cycle := tree{"/bin/t": "exe needs=lib0.so"}
	for i := range 100 {
		cycle[fmt.Sprintf("/lib/lib%d.so", i)] = fmt.Sprintf("lib needs=lib%d.so,lib%d.so", (i+1)%100, (i*7)%100)
	}
	links := tree{"/bin/t": "exe needs=liba.so runpath=/l0/l0/l0/l0:/2", "/2/liba.so": "lib"}
	for i := range 100 {
		links[fmt.Sprintf("/l%d", i)] = fmt.Sprintf("-> l%d/../l%d", i+1, i+1)
	}
	for name, tc := range map[string]struct {
		tree tree
		want string
	}{
		"cycles":                     {cycle, "/lib/lib99.so"},
		"link mazes":                 {links, "/2/liba.so"},
		"names times directories":    {tree{"/bin/t": "exe needs=" + strings.Join(needs, ",") + " rpath=" + strings.Join(dirs, ":")}, "too many paths searched"},
		"names that are all missing": {tree{"/bin/t": "exe needs=" + strings.Join(needs, ",") + " rpath=/a:/b:/c:/d"}, "missing:lib3999.so"},
		"filters of filters":         {tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib aux=libb.so filter=liba.so", "/lib/libb.so": "lib aux=liba.so,libb.so"}, "/lib/libb.so"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(within(t, tc.tree, "/bin/t")); !strings.Contains(got, tc.want) {
				t.Errorf("got %.300s, want %s", got, tc.want)
			}
		})
	}
}

// A sparse file of any size is read no further than needed. One that would have
// to be read whole is an error: nobody knows what it says.
func TestSparse(t *testing.T) {
	for name, refused := range map[string]bool{"/bin/t": false, glibcLoader: false, "/etc/ld.so.cache": true, "/etc/ld.so.preload": true} {
		w := tree{
			glibcLoader: "ld", "/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": "text " + "glibc-ld.so.cache1.1", "/etc/ld.so.preload": "text x",
		}
		r := &Resolver{FS: testfs.FS{MapFS: w.build(t), Size: map[string]int64{name[1:]: 1 << 40}}}
		c, err := r.Resolve(t.Context(), "/bin/t")
		var size *bounded.SizeError
		if errors.As(err, &size) != refused || (err != nil) != refused || len(c.Objects) != 3 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
