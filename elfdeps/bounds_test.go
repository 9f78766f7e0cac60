package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// numbered makes n words.
func numbered(n int, format string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return out
}

// Programs and trees whose parts are each within bounds, but not all together.
func TestHostileSums(t *testing.T) {
	deep := func(format string, n, depth int) []string { return numbered(n, format+strings.Repeat("/a", depth)) }
	runpaths := world{"/bin/t": "exe needs=" + strings.Join(numbered(40, "/l/%d.so"), ",")}
	edges := world{"/bin/t": "exe needs=/l/0.so"}
	versions := elftest.File{Needed: []string{"/v.so"}, Interp: glibcLoader, Verneed: []elftest.Verneed{{File: "/v.so", Versions: numbered(16000, "V%d")}}}
	for i := range 40 {
		runpaths[fmt.Sprintf("/l/%d.so", i)] = "lib needs=none.so runpath=" + strings.Join(numbered(4000, fmt.Sprintf("/r%d", i)+"/%d"), ":")
		edges[fmt.Sprintf("/l/%d.so", i)] = "lib needs=" + strings.Join(numbered(40, "/l/%d.so"), ",") + strings.Repeat(",/l/0.so", 4000)
	}
	filters := world{"/bin/t": "exe needs=/l/f.so", "/l/f.so": "lib needs=" + strings.Join(numbered(1000, "/l/%d.so"), ",") + " filter=" + strings.Join(numbered(1000, "/l/1%d.so"), ",")}
	for i := range 2000 {
		filters[fmt.Sprintf("/l/%d.so", i)] = "lib"
	}
	for name, tc := range map[string]struct {
		world world
		want  string
	}{
		"components of directories": {world{"/bin/t": "exe needs=liba.so runpath=" + strings.Join(deep("/%d", 240, 2000), ":")}, "too many places to look at"},
		"components of names":       {world{"/bin/t": "exe needs=" + strings.Join(deep("/%d", 240, 2000), ",")}, "too many places to look at"},
		"search lists":              {runpaths, "too many places to look at"},
		"needs":                     {edges, "too many places to look at"},
		"filters":                   {filters, "/l/999.so"},
		"versions":                  {world{"/bin/t": "text " + string(versions.Bytes()), "/v.so": "lib defines=" + strings.Join(numbered(16000, "D%d"), ",")}, "version 'V1023' of /v.so"},
		".path files":               {world{"/bin/t": "musl needs=liba.so", muslLoader: "lib", "/etc/ld-musl-x86_64.path": "text " + strings.Join(numbered(37000, "/%d"), ":")}, "too many places to look at"},
		"a larger .path file":       {world{"/bin/t": "musl needs=liba.so", muslLoader: "lib", "/etc/ld-musl-x86_64.path": "text " + strings.Repeat("/x:", 1<<17)}, "larger than 262144 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := story(within(t, tc.world, "/bin/t")); !strings.Contains(got, tc.want) {
				t.Errorf("got %.300s, want %s", got, tc.want)
			}
		})
	}
}

// Lists in a loader that no glibc has, the marks of levels once in every ten
// bytes: each string is split once.
func TestHostileLoader(t *testing.T) {
	for name, payload := range map[string]string{
		"levels":      strings.Repeat("\x00"+strings.Repeat("x86-64-v2:", 6000)+"X.Y", 100),
		"many levels": "\x00" + strings.Repeat("a:", 30000) + "x86-64-v2\x00",
		"directories": "\x00" + strings.Join(numbered(8000, "/lib%d/"), "\x00") + "\x00",
		"no strings":  strings.Repeat("/", 16<<20),
	} {
		t.Run(name, func(t *testing.T) {
			f := fsOf(map[string][]byte{
				"bin/t": elftest.File{Interp: "/ld", Needed: numbered(100, "l%d.so")}.Bytes(), "ld": elftest.File{Payload: []byte(payload + "\x00")}.Bytes(),
			})
			r := &Resolver{FS: f}
			c, err := r.Resolve(t.Context(), "/bin/t")
			if err == nil || len(c.Missing) != 100 || len(c.Missing[0].Tried) > 2*maxFactDirs {
				t.Errorf("%d missing, %v", len(c.Missing), err)
			}
		})
	}
}

func fsOf(files map[string][]byte) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: data, Mode: 0o755}
	}
	return m
}

// What is asked about one file is bounded by sums, too.
func TestHostileAnswers(t *testing.T) {
	note := elftest.Note{Owner: "FDO", Type: noteDlopen, Desc: []byte(`[{"soname":"liba.so"}]`)}
	note.Desc = append(note.Desc, strings.Repeat(" ", 4000)...)
	var notes []elftest.Note
	for range 200 {
		notes = append(notes, note)
	}
	deep := elftest.Note{Owner: "FDO", Type: noteDlopen, Desc: []byte(strings.Repeat("[", 100000))}
	symbols := slices.Repeat([]elftest.Symbol{{Name: strings.Repeat("x", 3000)}}, 3000)
	files := map[string][]byte{
		"notes": elftest.File{Notes: notes}.Bytes(),
		"deep":  elftest.File{Notes: []elftest.Note{deep}}.Bytes(),
		"names": elftest.File{Symbols: symbols}.Bytes(),
		"hints": elftest.File{Symbols: symbolList("dlopen"), Payload: []byte("\x00" + strings.Join(numbered(5000, "lib%d.so"), "\x00") + "\x00")}.Bytes(),
	}
	r := &Resolver{FS: fsOf(files)}
	if found, err := r.DlopenNotes(t.Context(), "/notes"); err != nil || len(found) < 60 || len(found) > maxNotes/len(note.Desc) {
		t.Errorf("%d notes, %v", len(found), err)
	}
	if _, err := r.DlopenNotes(t.Context(), "/deep"); err == nil {
		t.Error("a note of 100,000 arrays is believed")
	}
	var format *FormatError
	if names, err := r.Imports(t.Context(), "/names"); !errors.As(err, &format) {
		t.Errorf("%d names, %v", len(names), err)
	}
	if hints, err := r.DlopenHints(t.Context(), "/hints"); err != nil || len(hints.Names) != maxHints {
		t.Errorf("%d hints, %v", len(hints.Names), err)
	}
}

// countingFS counts the bytes that are read of its files.
type countingFS struct {
	testfs.FS
	read *int64
}

type countingFile struct {
	fs.File
	io.ReaderAt
	read *int64
}

func (f countingFile) ReadAt(b []byte, off int64) (int, error) {
	*f.read += int64(len(b))
	clear(b)
	if off == 0 {
		return f.ReaderAt.ReadAt(b, off)
	}
	return len(b), nil
}

func (c countingFS) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return countingFile{f, f.(io.ReaderAt), c.read}, nil
}

// Of a sparse file of 1 TB, all of it one segment, 512 MiB are searched for
// strings.
func TestLiteralsOfSparseFile(t *testing.T) {
	b := elftest.File{Static: true, Payload: []byte("\x00abc\x00")}.Bytes()
	b = patched(b, map[int]uint64{phdr(b, elf.PT_LOAD) + 32: 1 << 40})
	read := int64(0)
	fsys := countingFS{testfs.FS{MapFS: fsOf(map[string][]byte{"x": b}), Size: map[string]int64{"x": 1 << 40}}, &read}
	found := 0
	err := (&Resolver{FS: fsys}).Literals(t.Context(), "/x", func([]byte) bool { found++; return true })
	if err != nil || found != 1 || read > literalLimit+literalChunk {
		t.Errorf("%d strings in %d bytes, %v", found, read, err)
	}
}
