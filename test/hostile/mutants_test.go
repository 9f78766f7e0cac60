//go:build linux

package hostile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// batch is the number of damaged ELF files of one run.
const batch = 100

// TestMutatedELF packs damaged ELF files, as programs and in a tree that is copied, a
// hundred in a run.
func TestMutatedELF(t *testing.T) {
	choices, mutants := random(t), count(t, "MKROOTFS_MUTANTS", 1000, 6000)
	seeds := elfSeeds(t)
	for n := 0; n < mutants && !t.Failed(); n += batch {
		dir := place(t)
		world(t, dir+"/sr")
		args := []string{"--sysroot", dir + "/sr"}
		for i := range batch {
			name := fmt.Sprintf("/mutants/m%02d", i)
			harness.Write(t, dir+"/sr"+name, mutatedELF(seeds[choices.IntN(len(seeds))], choices), 0o755)
			args = append(args, name)
		}
		looks := [][]string{{"--print", "json"}, {"--print", "ldd"}, {"--print", "tree"}, {"--why", "libx.so.1"}}
		keep(t, dir, job{dir: dir, args: append(args, looks[n/batch%len(looks)]...)}.run(t))
		packed := []string{"--sysroot", dir + "/sr", programAt, "--copy", "/mutants:/x", "--dlopen", "hinted", "-o", "out.tar.gz"}
		keep(t, dir, job{dir: dir, args: packed}.run(t))
		for i := range 4 { // one at a time, since a refused one may hide the others
			alone := []string{"--sysroot", dir + "/sr", fmt.Sprintf("/mutants/m%02d", i), "--dlopen", "hinted", "-o", "out.tar.gz"}
			keep(t, dir, job{dir: dir, args: alone}.run(t))
		}
		_ = os.RemoveAll(dir)
	}
}

// TestMutatedFiles packs with damaged files of every other kind: files of the loader and of
// the system, and package databases, one to three in a run.
func TestMutatedFiles(t *testing.T) {
	choices, mutants := random(t), count(t, "MKROOTFS_MUTANTS", 1000, 6000)/5
	dir := place(t)
	root := dir + "/sr"
	world(t, root)
	files := worldFiles()
	maps.Copy(files, extraSeeds(t, root))
	names := slices.Sorted(maps.Keys(files))
	for n := 0; n < mutants && !t.Failed(); {
		var damaged []string
		for range 1 + choices.IntN(3) {
			name := names[choices.IntN(len(names))]
			overwrite(t, root+name, mutated(files[name], choices))
			damaged = append(damaged, name)
			n++
		}
		o := job{dir: dir, args: append([]string{"--sysroot", root}, commandLines[choices.IntN(len(commandLines))]...)}.run(t)
		keep(t, dir, o)
		if o.cpu > boundCPU || o.memory > boundMemory {
			t.Errorf("%v: %s", damaged, o)
		}
		for _, name := range damaged {
			overwrite(t, root+name, files[name])
		}
	}
}

// commandLines are arguments that use all parsers.
var commandLines = [][]string{
	{programAt, "--with", "passwd,tmp,nss,netbase,ca-certs,tzdata,libgcc,gconv,terminfo,openssl,ossl-modules,pam", "-u", "app:app", "-o", "out.tar.gz"},
	{programAt, "--package", "app", "-o", "out.tar.gz"},
	{programAt, "--with", "locale", "-e", "LANG=de_DE.UTF-8", "--dlopen", "hinted", "-o", "out.tar.gz"},
	{programAt, "--conf", "/etc/app/app.conf", "--copy", "/data:/data", "-o", "type=oci-dir,dest=lay", "-t", "x:1"},
	{"/usr/bin/script", "--print", "json"},
	{programAt, lacking, "--print", "tree"},
	{lacking, "-o", "out.tar.gz"},
}

// overwrite writes an existing file and keeps its mode.
func overwrite(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

// keep keeps the files of a run that failed the test.
func keep(t *testing.T, dir string, o outcome) {
	t.Helper()
	if !t.Failed() {
		return
	}
	kept, err := os.MkdirTemp("", "mkrootfs-mutants") //nolint:usetesting // it outlives the test
	if err == nil {
		err = os.CopyFS(kept+"/files", os.DirFS(dir))
	}
	t.Fatalf("%s\nits files are in %s (%v)", o, kept, err)
}

// elfSeeds returns ELF files to be damaged: of every class and byte order, and a real
// program.
func elfSeeds(t *testing.T) [][]byte {
	t.Helper()
	var seeds [][]byte
	for i, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		for j, order := range []elf.Data{elf.ELFDATA2LSB, elf.ELFDATA2MSB} {
			f := worldProgram()
			f.Class, f.Data = class, order
			f.Rpath, f.Runpath = "$ORIGIN/../lib:/opt/lib", "/usr/lib"
			f.Soname, f.Verdef = "libseed.so", []string{"libseed.so", "V1", "V2"}
			f.Sections = elftest.Sections(i + j)
			seeds = append(seeds, f.Bytes())
		}
	}
	// Most are of x86-64, since a run goes on only with these.
	seeds = append(seeds, worldProgram().Bytes(), worldProgram().Bytes())
	if b, err := os.ReadFile("/bin/ls"); err == nil {
		seeds = append(seeds, b, b, b)
	}
	return seeds
}

// extraSeeds writes and returns files that a world does not have.
func extraSeeds(t *testing.T, root string) map[string][]byte {
	t.Helper()
	extra := map[string][]byte{
		lacking:                                  elftest.File{Interp: loaderAt, Needed: []string{"libnot.so.1"}}.Bytes(),
		"/usr/lib/sysimage/rpm/rpmdb.sqlite":     rpmDatabase(t, "rpmdb.sqlite"),
		"/usr/lib/sysimage/rpm/rpmdb.sqlite-wal": rpmDatabase(t, "rpmdb.sqlite-wal"),
		"/etc/ld.so.preload":                     []byte("/usr/lib/libz.so.1\n"),
		"/usr/lib/gconv/gconv-modules.cache":     append([]byte("\x24\x11\x01\x20\x20\x00\x40\x00\x07\x00\x60\x00\x80\x00"), make([]byte, 200)...),
	}
	for name, content := range extra {
		harness.Write(t, root+name, content, 0o755)
	}
	return extra
}

// numbers are values at which arithmetic may overflow.
var numbers = []uint64{0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, 1<<62 - 1, 1 << 62, 1<<63 - 1, 1 << 63, 0xc << 60, 1<<64 - 4096, 1<<64 - 8, 1<<64 - 1}

// mutated returns a damaged copy of seed.
func mutated(seed []byte, choices *rand.Rand) []byte {
	b := bytes.Clone(seed)
	for range 1 + choices.IntN(4) {
		if len(b) == 0 {
			return b
		}
		b = mutatedOnce(b, choices)
	}
	return b
}

func mutatedOnce(b []byte, choices *rand.Rand) []byte {
	at := position(len(b), choices)
	switch choices.IntN(10) {
	case 0:
		b[at] ^= 1 << choices.IntN(8)
	case 1:
		b[at] = byte(choices.Uint32())
	case 2:
		return b[:at]
	case 3:
		from := choices.IntN(len(b))
		copy(b[at:], b[from:min(len(b), from+1+choices.IntN(64))])
	case 4:
		return slices.Insert(b, at, bytes.Repeat(b[at:min(len(b), at+8)], 1+choices.IntN(200))...)
	case 5:
		return slices.Delete(b, at, min(len(b), at+1+choices.IntN(16)))
	default:
		setNumber(b, at, choices)
	}
	return b
}

// mutatedELF returns a damaged copy of an ELF file. In half of the cases numbers of its
// headers and its dynamic segment are replaced.
func mutatedELF(seed []byte, choices *rand.Rand) []byte {
	fields := elfFields(seed)
	if choices.IntN(2) == 0 || len(fields) == 0 {
		return mutated(seed, choices)
	}
	b := bytes.Clone(seed)
	for range 1 + choices.IntN(4) {
		f := fields[choices.IntN(len(fields))]
		f.set(b, numbers[choices.IntN(len(numbers))]+uint64(choices.IntN(3))-1)
	}
	return b
}

// field is a number in an ELF file.
type field struct {
	at, size int
	order    binary.ByteOrder
}

func (f field) set(b []byte, v uint64) {
	if f.size == 8 {
		f.order.PutUint64(b[f.at:], v)
		return
	}
	f.order.PutUint32(b[f.at:], uint32(v))
}

// elfFields are the addresses, offsets and sizes in the program headers of an
// undamaged ELF file, and the values of its dynamic segment.
func elfFields(seed []byte) []field {
	f, err := elf.NewFile(bytes.NewReader(seed))
	if err != nil {
		return nil
	}
	word, headers, first := 8, 64, 8
	if f.Class == elf.ELFCLASS32 {
		word, headers, first = 4, 52, 4
	}
	step := first + 6*word
	var fields []field
	for i, p := range f.Progs {
		for at := headers + i*step + first; at < headers+(i+1)*step; at += word {
			fields = append(fields, field{at, word, f.ByteOrder})
		}
		if p.Type != elf.PT_DYNAMIC {
			continue
		}
		for at := int(p.Off) + word; at+word <= int(p.Off+p.Filesz); at += 2 * word {
			fields = append(fields, field{at, word, f.ByteOrder})
		}
	}
	return fields
}

// TestSixBytes changes six bytes that once made the command panic: in the size of the first
// segment and in the name of the first library.
func TestSixBytes(t *testing.T) {
	b, err := os.ReadFile("/bin/ls")
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	segment, name := firstOf(t, b)
	segment.set(b, 0xc<<60)
	name.set(b, 1<<63)
	dir := place(t)
	harness.Write(t, dir+"/ls", b, 0o755)
	harness.Write(t, dir+"/copied/ls", b, 0o755)
	for _, args := range [][]string{
		{"./ls", "-o", "out.tar.gz"}, {"./ls", "--print", "tree"}, {"./ls", "--print", "json"}, {"/bin/true", "--lib", dir + "/ls", "-n"}, {"/bin/true", "--copy", "copied:/x", "-n"},
	} {
		job{dir: dir, args: args}.run(t).failsClearly(t)
	}
}

// firstOf returns where a 64-bit ELF file has the size of its first PT_LOAD and
// the value of its first DT_NEEDED.
func firstOf(t *testing.T, b []byte) (size, needed field) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil || f.Class != elf.ELFCLASS64 {
		testenv.Skip(t, "/bin/ls is no 64-bit ELF file (%v)", err)
	}
	load := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_LOAD })
	dynamic := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_DYNAMIC })
	if load < 0 || dynamic < 0 {
		testenv.Skip(t, "/bin/ls is static")
	}
	at := int(f.Progs[dynamic].Off)
	for elf.DynTag(f.ByteOrder.Uint64(b[at:])) != elf.DT_NEEDED {
		at += 16
	}
	return field{64 + 56*load + 32, 8, f.ByteOrder}, field{at + 8, 8, f.ByteOrder}
}

// position returns a random offset, in half of the cases within the first 1024 bytes, where
// headers are.
func position(n int, choices *rand.Rand) int {
	if choices.IntN(2) == 0 {
		n = min(n, 1024)
	}
	return choices.IntN(n)
}

// setNumber writes a hostile number at an offset aligned like those of headers.
func setNumber(b []byte, at int, choices *rand.Rand) {
	size := []int{1, 2, 4, 8, 8}[choices.IntN(5)]
	at -= at % size
	if at+size > len(b) {
		return
	}
	v := numbers[choices.IntN(len(numbers))] + uint64(choices.IntN(3)) - 1
	var order binary.ByteOrder = binary.LittleEndian
	if choices.IntN(4) == 0 {
		order = binary.BigEndian
		v <<= 64 - 8*size
	}
	var word [8]byte
	order.PutUint64(word[:], v)
	copy(b[at:at+size], word[:size])
}
