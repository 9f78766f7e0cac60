package pkgdb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

const apkDatabase = `C:Q1p78yvTLG094tHE1+dToJGbmYzQE=
P:apk-tools
V:2.14.4-r1
A:x86_64
o:apk-tools
p:so:libapk.so.2.14.0=2.14.0 cmd:apk=2.14.4-r1
F:sbin
R:apk
a:0:0:755
Z:Q1abc=

C:Q1n4uD4tKT9mVl2Qk0oVcZuC4Kv1s=
P:musl
V:1.2.5-r0
A:x86_64
S:407198
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
R:libc.musl-x86_64.so.1
a:0:0:777
F:usr
M:0:0:755
F:usr/share
F:usr/share/man
F:usr/share/man/man1
R:musl.1.gz

P:openssl-libs
V:3.3.2-r0
A:x86_64
o:openssl
p:so:libcrypto.so.3=3.3.2 so:libssl.so.3=3.3.2 libssl3~3.3.2
F:usr/lib
R:libssl.so.3
R:libcrypto.so.3
F:etc/ssl
R:openssl.cnf

P:tiny
V:1
A:noarch
F:
R:top
R:../../escape
`

// apkIndex packs paragraphs as apk's indexes are: two gzip streams, the tar
// archive of the first, which holds the signature, without its end.
func apkIndex(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	for _, part := range [][2]string{{".SIGN.RSA.key.rsa.pub", "signature"}, {"APKINDEX", text}} {
		z := gzip.NewWriter(&out)
		w := tar.NewWriter(z)
		if err := w.WriteHeader(&tar.Header{Name: part[0], Size: int64(len(part[1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestApk(t *testing.T) {
	merged := map[string]string{"usr/lib/apk/db/installed": apkDatabase, "lib": "-> usr/lib", "sbin": "-> usr/bin", "usr/bin/": ""}
	for _, files := range []map[string]string{{"lib/apk/db/installed": apkDatabase, "sbin/": ""}, merged} {
		db := mustOpen(t, tree(files))
		if db.Kind() != Apk || len(db.pkgs) != 4 {
			t.Fatalf("%s, %v", db.Kind(), db.pkgs)
		}
		for name, want := range map[string]string{
			"musl": "/lib/ld-musl-x86_64.so.1 /lib/libc.musl-x86_64.so.1", "openssl-libs": "/etc/ssl/openssl.cnf /usr/lib/libcrypto.so.3 /usr/lib/libssl.so.3",
			"libssl3": "/etc/ssl/openssl.cnf /usr/lib/libcrypto.so.3 /usr/lib/libssl.so.3", "so:libc.musl-x86_64.so.1": "/lib/ld-musl-x86_64.so.1 /lib/libc.musl-x86_64.so.1",
			"cmd:apk": "/sbin/apk", "tiny": "/escape /top",
		} {
			if got, err := db.Files(t.Context(), name, Options{}); err != nil || strings.Join(got, " ") != want {
				t.Errorf("%s: %q, %v, want %s", name, got, err, want)
			}
		}
	}
}

func TestApkProviders(t *testing.T) {
	index := apkIndex(t, "P:zstd-libs\nV:1.5.6-r0\np:so:libzstd.so.1=1.5.6\n\nP:zstd\nV:1.5.6-r0\np:cmd:zstd=1.5.6-r0\n")
	for _, at := range []string{"var/cache/apk/APKINDEX.066df28d.tar.gz", "etc/apk/cache/APKINDEX.066df28d.tar.gz"} {
		db := mustOpen(t, tree(map[string]string{"lib/apk/db/installed": apkDatabase, at: index, "var/cache/apk/APKINDEX.bad.tar.gz": "bad"}))
		for name, want := range map[string][]Provider{
			"libssl.so.3":       {{"openssl-libs", "/usr/lib/libssl.so.3", true}},
			"libapk.so.2.14.0":  {{"apk-tools", "", true}},
			"libzstd.so.1":      {{"zstd-libs", "", false}},
			"zstd":              {{"zstd", "", false}},
			"libunheard.so.123": nil,
		} {
			if got, err := db.Providers(t.Context(), name); !slices.Equal(got[name], want) || err != nil {
				t.Errorf("%s: %v, %v, want %v", name, got, err, want)
			}
		}
	}
}

func FuzzApk(f *testing.F) {
	f.Add(apkDatabase)
	f.Add("P:x\nF:a\nP:\nR:b\n") // a second, empty name
	f.Add("P:x\nF:..\nR:\nR:a/../b\np:=1 so:x")
	f.Fuzz(func(t *testing.T, text string) {
		db, err := Open(t.Context(), tree(map[string]string{"lib/apk/db/installed": text}))
		if errors.Is(err, ErrNone) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		err = db.back.all(t.Context(), func(p *record, f file) error {
			if p.Name == "" || f.path[0] != '/' || strings.Contains(f.path, "/../") {
				t.Errorf("package %q, path %q", p.Name, f.path)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		var absent *NotInstalledError // a name may have a colon
		if _, err := db.Files(t.Context(), db.pkgs[0].Name, Options{}); err != nil && !errors.As(err, &absent) {
			t.Error(err)
		}
		if _, err := db.Providers(t.Context(), "libx.so.1"); err != nil {
			t.Error(err)
		}
	})
}

func FuzzApkIndex(f *testing.F) {
	f.Add([]byte(apkIndex(f, "P:zstd-libs\np:so:libzstd.so.1=1.5.6\n\nP:zstd\np:cmd:zstd=1\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReader(sysroot.New(fstest.MapFS{"x.tar.gz": {Data: data}}))
		w := newWanted([]string{"libzstd.so.1", "zstd"})
		err := (&apkDB{reader: r}).readIndex(t.Context(), "/x.tar.gz", newBudget(1<<20, "x"), w)
		var size *bounded.SizeError
		if err := unlessDamaged(err); err != nil && !errors.As(err, &size) {
			t.Error(err)
		}
	})
}
