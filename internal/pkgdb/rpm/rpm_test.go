package rpm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// content is what the database has of a package.
type content struct {
	Package
	provides []string
	files    []Entry
}

func file(data []byte) File { return File{bytes.NewReader(data), int64(len(data))} }

func read(data, wal []byte) (out []content, err error) {
	err = Each(context.Background(), file(data), file(wal), func(p *Package) error {
		c := content{Package: *p}
		for name := range p.Provides() {
			c.provides = append(c.provides, name)
		}
		out = append(out, c)
		return p.Files(func(e Entry) error {
			out[len(out)-1].files = append(out[len(out)-1].files, e)
			return nil
		})
	})
	return out, err
}

// TestRead holds each form of the database against what testdata/gen.py wrote.
func TestRead(t *testing.T) {
	for _, tc := range []struct {
		name, wal string
		small     int
		extra     string
	}{
		{name: "rpmdb.sqlite", small: 60},
		{name: "logged.sqlite", small: 60},
		{name: "logged.sqlite", wal: "logged.sqlite-wal", small: 59, extra: "logged"},
		{name: "Packages.db"},
		{name: "Packages"},
		{name: "Packages.be"},
	} {
		t.Run(tc.name+tc.wal, func(t *testing.T) {
			var wal []byte
			if tc.wal != "" {
				wal = fixture(t, tc.wal)
			}
			pkgs, err := read(fixture(t, tc.name), wal)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			small := 0
			for _, p := range pkgs {
				if strings.HasPrefix(p.Name, "small-") {
					small++
				} else {
					names = append(names, p.Name)
				}
			}
			want := strings.TrimSpace("rpm openssl-libs many-files gpg-pubkey " + tc.extra)
			if got := strings.Join(names, " "); got != want || small != tc.small {
				t.Fatalf("packages %s and %d small ones, want %s and %d", got, small, want, tc.small)
			}
			checkOpenSSL(t, pkgs[1])
			if files := pkgs[2].files; len(files) != 200 || files[199].Path != "/usr/share/many/file-0199" {
				t.Errorf("%d files", len(files))
			}
		})
	}
}

func checkOpenSSL(t *testing.T, p content) {
	t.Helper()
	if p.Version != "1:3.2.1-1.fc40" || p.Arch != "x86_64" || p.SourceRPM != "openssl-libs-3.2.1-1.fc40.src.rpm" || !slices.Contains(p.provides, "libssl.so.3()(64bit)") {
		t.Errorf("%+v", p)
	}
	want := []Entry{
		{"/usr/lib64/libssl.so.3", false, false, true},
		{"/usr/lib64/libssl.so.3.2.1", false, false, true},
		{"/etc/pki/tls", true, false, true},
		{"/etc/pki/tls/ghost.cnf", false, false, false},
		{"/usr/lib64/left-out", false, false, false},
		{"/usr/libexec/README.odd", false, true, true},
	}
	if got := p.files; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A log whose last transaction is not whole counts up to the one before.
func TestTornLog(t *testing.T) {
	wal := fixture(t, "logged.sqlite-wal")
	for _, broken := range [][]byte{wal[:len(wal)-1], append(slices.Clone(wal[:len(wal)-1]), wal[len(wal)-1]^1), wal[:10], append([]byte{9}, wal...)} {
		pkgs, err := read(fixture(t, "logged.sqlite"), broken)
		if err != nil || len(pkgs) != 64 {
			t.Errorf("%d packages, %v", len(pkgs), err)
		}
	}
}

func TestReadMalformed(t *testing.T) {
	for _, name := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
		data := fixture(t, name)
		for _, n := range []int{0, 31, 100, 512, 600, len(data) / 2} {
			pkgs, err := read(data[:n], nil)
			var format *FormatError
			if n < 32 && !errors.Is(err, ErrFormat) || n >= 32 && err != nil && !errors.As(err, &format) {
				t.Errorf("%s cut at %d: %d packages, %v", name, n, len(pkgs), err)
			}
		}
	}
	if _, err := read(bytes.Repeat([]byte("no database\n"), 99), nil); !errors.Is(err, ErrFormat) {
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

// What a database says of its own size is not believed, and one that is too
// large is refused before it is read.
func TestSparse(t *testing.T) {
	none := func(*Package) error { return nil }
	bdb := slices.Clone(fixture(t, "Packages")[:512])
	binary.LittleEndian.PutUint32(bdb[20:], 512)
	binary.LittleEndian.PutUint32(bdb[32:], 1<<32-1)
	ndb := slices.Clone(fixture(t, "Packages.db")[:32])
	binary.LittleEndian.PutUint32(ndb[12:], 1<<32-1)
	var size *bounded.SizeError
	for name, data := range map[string]sparse{"Berkeley DB": bdb, "ndb": ndb, "SQLite": fixture(t, "rpmdb.sqlite")[:100]} {
		if err := Each(t.Context(), File{data, 1 << 40}, File{}, none); !errors.As(err, &size) {
			t.Errorf("%s of 1 TB: %v", name, err)
		}
		if err := Each(t.Context(), File{data, maxDatabase}, File{}, none); errors.As(err, &size) {
			t.Errorf("%s of %d bytes: %v", name, maxDatabase, err)
		}
	}
	db := file(fixture(t, "logged.sqlite"))
	if err := Each(t.Context(), db, File{sparse(nil), 1 << 40}, none); !errors.As(err, &size) {
		t.Errorf("a log of 1 TB: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Each(ctx, File{sparse(bdb), maxDatabase}, File{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A header that says it is larger than any is not given the memory.
func TestLargeHeader(t *testing.T) {
	ndb := make([]byte, 2*ndbPage)
	copy(ndb, fixture(t, "Packages.db")[:32])
	binary.LittleEndian.PutUint32(ndb[12:], 1)
	for at := 32; at < ndbPage; at += ndbBlock {
		copy(ndb[at:], ndbSlotMagic)
	}
	copy(ndb[32:], "Slot\x01\x00\x00\x00\x00\x01\x00\x00")
	copy(ndb[ndbPage:], "BlbS\x01\x00\x00\x00")
	binary.LittleEndian.PutUint32(ndb[ndbPage+12:], maxHeader+1)
	var format *FormatError
	err := Each(t.Context(), File{sparse(ndb), maxDatabase}, File{}, func(*Package) error { return nil })
	if !errors.As(err, &format) || format.Offset != ndbPage {
		t.Error(err)
	}
}

// fuzz finds out whether any file that begins as the fixture does makes the
// reader fail in another way than by an error.
func fuzz(f *testing.F, names ...string) {
	for _, name := range names {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = read(data, nil) })
}

func FuzzSQLite(f *testing.F) { fuzz(f, "logged.sqlite") }
func FuzzNDB(f *testing.F)    { fuzz(f, "Packages.db") }
func FuzzBDB(f *testing.F)    { fuzz(f, "Packages", "Packages.be") }

func FuzzLog(f *testing.F) {
	db := fixture(f, "logged.sqlite")
	f.Add(fixture(f, "logged.sqlite-wal"))
	f.Fuzz(func(_ *testing.T, wal []byte) { _, _ = read(db, wal) })
}

func FuzzHeader(f *testing.F) {
	in := &input{File: file(fixture(f, "Packages.db")), ctx: context.Background()}
	err := readNDB(in, func(blob []byte) error {
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
