package rpm

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// fixture returns a database that rpm wrote: testdata/build.sh.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// content is a package as the database records it.
type content struct {
	name, arch string
	provides   []string
	requires   []string
	files      []Entry
}

func file(data []byte) File { return File{bytes.NewReader(data), int64(len(data))} }

// read returns all packages, sorted by name.
func read(data, wal []byte) (out []content, err error) {
	err = Each(context.Background(), file(data), file(wal), func(p *Package) error {
		c := content{name: p.Name, arch: p.Arch, provides: slices.Collect(p.Provides()), requires: slices.Collect(p.Requires())}
		err := p.Files(func(e Entry) error {
			c.files = append(c.files, e)
			return nil
		})
		out = append(out, c)
		return err
	})
	slices.SortFunc(out, func(a, b content) int { return strings.Compare(a.name, b.name) })
	return out, err
}

// asRPM parses what rpm printed with the format in testdata/build.sh.
func asRPM(t *testing.T, name string) (out []content) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case line[0] != ' ':
			out = append(out, content{name: words[0], arch: words[1]})
		case words[0] == "provides":
			last := &out[len(out)-1]
			last.provides = append(last.provides, words[1])
		case words[0] == "requires":
			last := &out[len(out)-1]
			last.requires = append(last.requires, strings.TrimSpace(line)[len("requires "):])
		case words[0] == "file":
			last := &out[len(out)-1]
			last.files = append(last.files, Entry{
				Path: words[4], Dir: strings.HasPrefix(words[1], "40"), Doc: words[2] == "2",
				Installed: words[2] != "64" && words[3] == "0",
			})
		}
	}
	slices.SortFunc(out, func(a, b content) int { return strings.Compare(a.name, b.name) })
	return out
}

func compare(t *testing.T, got, want []content) {
	t.Helper()
	if len(got) != len(want) || len(want) < 40 {
		t.Fatalf("%d packages, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

// TestRead compares databases that rpm wrote with what rpm printed for them.
func TestRead(t *testing.T) {
	for _, tc := range []struct {
		text string
		wal  []byte
	}{
		{"rpmdb.txt", nil},
		{"logged.txt", fixture(t, "rpmdb.sqlite-wal")},
	} {
		got, err := read(fixture(t, "rpmdb.sqlite"), tc.wal)
		if err != nil {
			t.Fatal(tc.text, err)
		}
		compare(t, got, asRPM(t, filepath.Join("testdata", tc.text)))
	}
}

// TestEntries checks the attributes of files independently of rpm's output.
func TestEntries(t *testing.T) {
	pkgs, err := read(fixture(t, "rpmdb.sqlite"), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(pkgs, func(c content) bool { return c.name == "openssl-libs" })
	want := []Entry{
		{"/etc/pki/tls", true, false, true},
		{"/etc/pki/tls/ghost.cnf", false, false, false},
		{"/usr/lib64/left-out", false, false, false},
		{"/usr/lib64/libssl.so.3", false, false, true},
		{"/usr/lib64/libssl.so.3.2.1", false, false, true},
		{"/usr/libexec/README.odd", false, true, true},
	}
	if got := pkgs[i].files; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestReadAgainstRPM compares with the rpm of this machine.
func TestReadAgainstRPM(t *testing.T) {
	testenv.SkipSlow(t)
	for _, program := range []string{"rpm", "rpmbuild", "python3"} {
		testenv.Tool(t, program)
	}
	t.Parallel() // rpm waits for a lock
	dir := t.TempDir()
	if out, err := exec.Command("bash", "testdata/build.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	load := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for text, wal := range map[string][]byte{"rpmdb.txt": nil, "logged.txt": load("rpmdb.sqlite-wal")} {
		got, err := read(load("rpmdb.sqlite"), wal)
		if err != nil {
			t.Fatal(text, err)
		}
		compare(t, got, asRPM(t, filepath.Join(dir, text)))
	}
}

// TestTornLog reads logs that end within a transaction, which is then ignored.
func TestTornLog(t *testing.T) {
	wal := fixture(t, "rpmdb.sqlite-wal")
	before := asRPM(t, "testdata/rpmdb.txt")
	for _, tc := range []struct {
		wal    []byte
		logged bool // the erasure, which is the first transaction, is complete
	}{
		{wal[:len(wal)-1], true},
		{append(slices.Clone(wal[:len(wal)-1]), wal[len(wal)-1]^1), true},
		{wal[:walHead+100], false},
		{wal[:10], false},
		{append([]byte{9}, wal...), false},
	} {
		pkgs, err := read(fixture(t, "rpmdb.sqlite"), tc.wal)
		want := len(before)
		if tc.logged {
			want--
		}
		if err != nil || len(pkgs) != want {
			t.Errorf("%d bytes: %d packages, %v; want %d", len(tc.wal), len(pkgs), err, want)
		}
	}
}

func TestReadMalformed(t *testing.T) {
	data := fixture(t, "rpmdb.sqlite")
	for _, n := range []int{0, 15, 31, 100, 512, 600, 5000, len(data) / 2} {
		pkgs, err := read(data[:n], nil)
		var format *FormatError
		if n < len(sqliteMagic) && !errors.Is(err, errFormat) || n >= len(sqliteMagic) && !errors.As(err, &format) {
			t.Errorf("cut at %d: %d packages, %v", n, len(pkgs), err)
		}
	}
	if _, err := read(bytes.Repeat([]byte("no database\n"), 99), nil); !errors.Is(err, errFormat) {
		t.Error(err)
	}
}

// sparse is a file that has data, and zeros from there to its size.
type sparse []byte

func (s sparse) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	if off < int64(len(s)) {
		copy(b, s[off:])
	}
	return len(b), nil
}

// TestSparse reads files that are, or claim to be, larger than the limits.
func TestSparse(t *testing.T) {
	none := func(*Package) error { return nil }
	data := sparse(fixture(t, "rpmdb.sqlite")[:100])
	var size *bounded.SizeError
	if err := Each(t.Context(), File{data, 1 << 40}, File{}, none); !errors.As(err, &size) {
		t.Errorf("1 TB: %v", err)
	}
	if err := Each(t.Context(), File{data, maxDatabase}, File{}, none); err == nil || errors.As(err, &size) {
		t.Errorf("%d bytes: %v", maxDatabase, err)
	}
	db := file(fixture(t, "rpmdb.sqlite"))
	if err := Each(t.Context(), db, File{sparse(nil), 1 << 40}, none); !errors.As(err, &size) {
		t.Errorf("a log of 1 TB: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Each(ctx, db, File{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestLargeHeader reads a database in which a package's header claims more bytes than
// the limit. No memory is allocated for it.
func TestLargeHeader(t *testing.T) {
	const page = 512
	data := make([]byte, 2*page)
	copy(data, sqliteMagic)
	binary.BigEndian.PutUint16(data[16:], page)
	// Page 1: the schema, of one row.
	schema := append([]byte{6, 23, 29, 29, 1, 15}, "tablePackagesPackages\x02x"...)
	putLeaf(data[:page], 100, schema, int64(len(schema)))
	// Page 2: a row whose payload is longer than maxHeader, in overflow pages.
	putLeaf(data[page:], 0, make([]byte, 400), maxHeader+1)
	var format *FormatError
	err := Each(t.Context(), File{sparse(data), maxDatabase}, File{}, func(*Package) error { return nil })
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "header of 33554433 bytes") {
		t.Error(err)
	}
}

// putLeaf writes the head of a leaf page at offset at of page, and one row whose payload
// has length bytes and begins with payload.
func putLeaf(page []byte, at int, payload []byte, length int64) {
	var size []byte
	for n := length; n > 0; n >>= 7 {
		b := byte(n & 0x7f)
		if len(size) > 0 {
			b |= 0x80
		}
		size = append([]byte{b}, size...)
	}
	cell := append(append(size, 1), payload...)
	start := len(page) - len(cell)
	copy(page[start:], cell)
	page[at] = sqliteLeaf
	binary.BigEndian.PutUint16(page[at+3:], 1)
	binary.BigEndian.PutUint16(page[at+8:], uint16(start)) //nolint:gosec // within a page
}

func FuzzSQLite(f *testing.F) {
	f.Add(fixture(f, "rpmdb.sqlite"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = read(data, nil) })
}

func FuzzLog(f *testing.F) {
	db := fixture(f, "rpmdb.sqlite")
	f.Add(fixture(f, "rpmdb.sqlite-wal"))
	f.Fuzz(func(_ *testing.T, wal []byte) { _, _ = read(db, wal) })
}

func FuzzHeader(f *testing.F) {
	in := &input{File: file(fixture(f, "rpmdb.sqlite")), ctx: context.Background()}
	err := readSQLite(in, File{}, func(blob []byte) error {
		f.Add(slices.Clone(blob))
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		p, err := parsePackage(blob)
		if err != nil {
			return
		}
		for name := range p.Provides() {
			_ = name
		}
		_ = p.Files(func(e Entry) error {
			if len(e.Path) > 2*maxPath+2 {
				t.Errorf("a path of %d bytes", len(e.Path))
			}
			return nil
		})
	})
}
