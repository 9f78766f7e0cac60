package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(data, wal []byte) ([]*Package, error) {
	return Read(bytes.NewReader(data), int64(len(data)), wal)
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
			if files := pkgs[2].Files(); len(files) != 200 || files[199].Path != "/usr/share/many/file-0199" {
				t.Errorf("%d files", len(files))
			}
		})
	}
}

func checkOpenSSL(t *testing.T, p *Package) {
	t.Helper()
	if p.Version != "1:3.2.1-1.fc40" || p.Arch != "x86_64" || p.SourceRPM != "openssl-libs-3.2.1-1.fc40.src.rpm" || !slices.Contains(p.Provides, "libssl.so.3()(64bit)") {
		t.Errorf("%+v", p)
	}
	want := []File{
		{"/usr/lib64/libssl.so.3", false, false, true},
		{"/usr/lib64/libssl.so.3.2.1", false, false, true},
		{"/etc/pki/tls", true, false, true},
		{"/etc/pki/tls/ghost.cnf", false, false, false},
		{"/usr/lib64/left-out", false, false, false},
		{"/usr/libexec/README.odd", false, true, true},
	}
	if got := p.Files(); !slices.Equal(got, want) {
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

// FuzzRead finds out whether any file makes the reader fail in another way
// than by an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"rpmdb.sqlite", "Packages.db", "Packages", "Packages.be"} {
		f.Add(fixture(f, name), []byte(nil))
	}
	f.Add(fixture(f, "logged.sqlite"), fixture(f, "logged.sqlite-wal"))
	f.Fuzz(func(_ *testing.T, data, wal []byte) {
		pkgs, err := read(data, wal)
		if err != nil {
			return
		}
		for _, p := range pkgs {
			_ = fmt.Sprint(p.Files())
		}
	})
}
