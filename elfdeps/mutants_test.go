package elfdeps

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

var (
	mutantCount = flag.Int("mutants", 20000, "how many mutants TestMutants makes of all files together")
	mutantFiles = flag.String("mutate", "", "ELF files of this machine that TestMutants takes besides its own, with commas between")
	mutantSeed  = flag.Uint64("mutantseed", 1, "the seed of TestMutants")
)

// surround is a system in which the file f is a program, a script's interpreter,
// a library, a loader and what is dlopened.
func surround(tb testing.TB, f *fstest.MapFile) fstest.MapFS {
	m := world{
		glibcLoader: levelsLoader + " version=2.36", muslLoader: "lib", "/bin/p": "exe needs=libfuzz.so,liba.so rpath=/m", "/m/liba.so": "lib defines=V1",
		"/m/glibc-hwcaps/x86-64-v2/libv.so": "lib needs=libfuzz.so", "/bin/q": "exe interp=/fuzz needs=liba.so", "/bin/r": "musl needs=libfuzz.so rpath=/m",
	}.build(tb)
	m["fuzz"], m["m/libfuzz.so"], m["bin/t"] = f, f, f
	return m
}

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
		t := Transplant{Source: r, Image: &Resolver{FS: fsys, LibraryPath: "/m"}}
		_, _ = t.Compare(ctx, "/fuzz", "/bin/p", "libfuzz.so")
		_ = t.Files()
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
		if err == nil || !strings.Contains(story(c), "a name lies beyond the string table, at its byte 9223372036854775808") {
			t.Errorf("%d: %v", way, err)
		}
	}
}

// mutator makes mutants of one file: its headers, its dynamic segment and the
// tables that this points at get numbers that no linker writes.
type mutator struct {
	*rand.Rand
	data  []byte
	words [][2]int // offset and size of what is worth changing
	undo  []saved
}

type saved struct {
	at   int
	data [8]byte
	n    int
}

func newMutator(data []byte, seed uint64) *mutator {
	m := &mutator{Rand: rand.New(rand.NewPCG(seed, uint64(len(data)))), data: data}
	add := func(from, to, step int) {
		for at := max(0, from); at+step <= min(to, len(data)); at += step {
			m.words = append(m.words, [2]int{at, step})
		}
	}
	add(0, 64, 2)
	add(24, 48, 8)
	for _, p := range placesOf(data) {
		add(p.at, p.at+p.n, p.step)
	}
	return m
}

// place is a part of a file that is worth changing: n bytes in steps.
type place struct{ at, n, step int }

// placesOf returns the program headers of an ELF file, its dynamic segment, the
// tables that this points at, and its notes.
func placesOf(data []byte) []place {
	f := elffile.Read(bytes.NewReader(data), int64(len(data)), "")
	l := layout.Of(f.Class, f.Data)
	phoff, size, count := int(l.U32(data[28:])), 32, 44
	if l.Wide {
		phoff, size, count = int(l.U64(data[32:])), 56, 56
	}
	n := int(l.U16(data[count:])) * size
	places := []place{{phoff, n, 8}, {phoff, n, 4}}
	table := func(addr uint64, n, step int) {
		for _, p := range f.Loads {
			if p.Addr <= addr && addr-p.Addr < p.Size {
				places = append(places, place{int(p.Offset + addr - p.Addr), min(n, int(p.Size-(addr-p.Addr))), step})
				return
			}
		}
	}
	table(f.Dynamic.Segment.Addr, int(min(f.Dynamic.Segment.Size, 1<<12)), l.WordSize())
	word := l.WordSize()
	for at := int(f.Dynamic.Segment.Offset); f.Dynamic.Present && at+2*word <= len(data); at += 2 * word {
		switch elf.DynTag(l.Word(data[at:])) {
		case elf.DT_NULL:
			at = len(data)
		case elf.DT_VERNEED, elf.DT_VERDEF, elf.DT_HASH, elf.DT_GNU_HASH, elf.DT_SYMTAB, elf.DT_STRTAB:
			table(l.Word(data[at+word:]), 256, 4)
		}
	}
	for at := phoff; at+size <= min(phoff+n, len(data)); at += size {
		if elf.ProgType(l.U32(data[at:])) == elf.PT_NOTE {
			offset := at + word // p_offset follows p_type, and p_flags in the wide layout
			places = append(places, place{int(l.Word(data[offset:])), 128, 4})
		}
	}
	return places
}

// wild returns a number at a border, or any.
func (m *mutator) wild() uint64 {
	borders := [...]uint64{
		0, 1, 2, 0x7f, 0xff, 0xffff, 1 << 31, 1<<31 - 1, 1<<32 - 1, 1 << 32, 1 << 62, 1<<62 - 1, 1 << 63, 1<<63 - 1, 0xc << 60, ^uint64(0), ^uint64(7), uint64(len(m.data)), uint64(len(m.data)) - 1, elftest.Base,
	}
	switch m.IntN(4) {
	case 0:
		return m.Uint64() >> m.UintN(64)
	case 1:
		return uint64(m.IntN(len(m.data) + 1))
	}
	return borders[m.IntN(len(borders))] + uint64(m.IntN(3)) - 1
}

// change makes the next mutant of data, and revert the original again.
func (m *mutator) change() {
	for range 1 + m.IntN(4) {
		w := m.words[m.IntN(len(m.words))]
		s := saved{at: w[0], n: w[1]}
		copy(s.data[:], m.data[w[0]:])
		m.undo = append(m.undo, s)
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], m.wild())
		if m.IntN(8) == 0 {
			binary.BigEndian.PutUint64(b[:], m.wild())
		}
		copy(m.data[w[0]:w[0]+w[1]], b[:])
	}
}

func (m *mutator) revert() {
	for i := len(m.undo) - 1; i >= 0; i-- {
		s := &m.undo[i]
		copy(m.data[s.at:s.at+s.n], s.data[:])
	}
	m.undo = m.undo[:0]
}

// Whatever stands in an ELF file's headers and tables, nothing panics.
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
			m := newMutator(data, *mutantSeed)
			fsys := surround(t, &fstest.MapFile{Data: m.data, Mode: 0o755})
			for range *mutantCount / len(files) {
				m.change()
				askSafely(t, m, fsys)
				m.revert()
			}
		})
	}
}

// askSafely tells of a panic what was changed in the file.
func askSafely(t *testing.T, m *mutator, fsys fstest.MapFS) {
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%v with %d changes\n%s\n%s", p, len(m.undo), m.changes(), debug.Stack())
		}
	}()
	way := m.IntN(ways)
	if way == inItself && len(m.data) > 1<<16 && m.IntN(64) > 0 { // a search of strings takes long
		way = asLibrary
	}
	_, _, _ = ask(t.Context(), fsys, way)
}

func (m *mutator) changes() string {
	var b strings.Builder
	for _, s := range m.undo {
		fmt.Fprintf(&b, "%#x: %x was %x\n", s.at, m.data[s.at:s.at+s.n], s.data[:s.n])
	}
	return b.String()
}
