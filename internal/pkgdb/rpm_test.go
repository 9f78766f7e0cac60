package pkgdb

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// rpmFixture returns the content of a database that rpm wrote: rpm/testdata/build.sh.
func rpmFixture(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open("rpm/testdata/" + name + ".gz")
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
	return string(data)
}

func TestRPM(t *testing.T) {
	for _, at := range []string{"var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/share/rpm/rpmdb.sqlite"} {
		db := mustOpen(t, tree(map[string]string{at: rpmFixture(t, "rpmdb.sqlite"), "lib64": "-> usr/lib64", "usr/lib64/": "", "var/lib/dpkg/status": ""}))
		if db.Kind() != RPM {
			t.Fatalf("%s: %s", at, db.Kind())
		}
		for _, name := range []string{"openssl-libs", "openssl-libs:x86_64", "openssl-libs.x86_64", "libssl.so.3()(64bit)", "openssl-libs(x86-64)"} {
			got, err := db.Files(t.Context(), name, Options{})
			if err != nil || strings.Join(got, " ") != "/usr/lib64/libssl.so.3 /usr/lib64/libssl.so.3.2.1" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		if got, err := db.Files(t.Context(), "openssl-libs", Options{Docs: true}); err != nil || !slices.Contains(got, "/usr/libexec/README.odd") {
			t.Errorf("with documentation: %q, %v", got, err)
		}
		if got, err := db.Providers(t.Context(), "libssl.so.3"); err != nil || !slices.Equal(got["libssl.so.3"], []Provider{{"openssl-libs", "/usr/lib64/libssl.so.3", true}}) {
			t.Errorf("providers %v", got)
		}
		if p, err := db.find("gpg-pubkey"); err == nil {
			t.Errorf("a trusted key is package %v", p)
		}
	}
}

// TestRPMLog reads a database of which the last changes are in the write-ahead log.
func TestRPMLog(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "var/lib/rpm/rpmdb.sqlite-wal": rpmFixture(t, "rpmdb.sqlite-wal")}))
	if got, err := db.Files(t.Context(), "logged", Options{}); err != nil || !slices.Equal(got, []string{"/usr/bin/logged"}) {
		t.Errorf("the installed package: %q, %v", got, err)
	}
	var missing *NotInstalledError
	if _, err := db.Files(t.Context(), "small-00", Options{}); !errors.As(err, &missing) {
		t.Errorf("the erased package: %v", err)
	}
}

func TestRPMKnown(t *testing.T) {
	var primary bytes.Buffer
	z := gzip.NewWriter(&primary)
	_, _ = z.Write([]byte(`<package type="rpm">
  <name>libzstd</name>
  <format>
    <rpm:provides>
      <rpm:entry name="libzstd"/>
      <rpm:entry name="libzstd.so.1()(64bit)"/>
    </rpm:provides>
    <rpm:requires>
      <rpm:entry name="libother.so.1()(64bit)"/>
    </rpm:requires>
  </format>
</package>
`))
	_ = z.Close()
	db := mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "var/cache/dnf/fedora-1/repodata/0-primary.xml.gz": primary.String()}))
	got, err := db.Providers(t.Context(), "libzstd.so.1", "libother.so.1")
	if err != nil || !slices.Equal(got["libzstd.so.1"], []Provider{{Package: "libzstd"}}) {
		t.Errorf("%v, %v", got, err)
	}
	if len(got["libother.so.1"]) > 0 {
		t.Errorf("what is required is provided: %v", got)
	}
}

func FuzzPrimary(f *testing.F) {
	f.Add("<name>libzstd</name>\n<rpm:provides>\n<rpm:entry name=\"libzstd.so.1()(64bit)\"/>\n</rpm:provides>\n<name>\n<rpm:entry name=\"")
	f.Fuzz(func(t *testing.T, text string) {
		scan := primaryScan{wanted: newWanted([]string{"libzstd.so.1"})}
		for line := range strings.SplitSeq(text, "\n") {
			if err := scan.line([]byte(line)); err != nil {
				t.Error(err)
			}
		}
	})
}
