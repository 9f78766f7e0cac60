package pkgdb

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// extraTree is a system with alternatives, files of ucf and generated files.
func extraTree() map[string]string {
	installed := "Status: install ok installed\nArchitecture: amd64\n\n"
	return map[string]string{
		"bin": "-> usr/bin", "usr/bin/app-2": "", "usr/share/man/man1/app-2.1.gz": "", "usr/bin/other": "",
		"var/lib/dpkg/status":          "Package: app\n" + installed + "Package: other\n" + installed,
		"var/lib/dpkg/info/app.list":   "/.\n/bin\n/bin/app-2\n/usr\n/usr/share\n/usr/share/app\n/usr/share/app/data\n/usr/share/app/common\n/usr/share/app/linked\n/usr/share/man/man1/app-2.1.gz\n/etc\n/etc/app\n/etc/app/app.conf\n/var/lib/app\n",
		"var/lib/dpkg/info/other.list": "/.\n/usr\n/usr/bin\n/usr/bin/other\n/usr/share\n/usr/share/app\n/usr/share/app/common\n/usr/share/app/common/of-other\n",

		// The current choice of "app" is a file of the package, that of "shared" is not.
		"var/lib/dpkg/alternatives/app": "auto\n/usr/bin/app\napp.1.gz\n/usr/share/man/man1/app.1.gz\napp-helper\n/usr/bin/app-helper\n\n/usr/bin/app-2\n10\n/usr/share/man/man1/app-2.1.gz\n\n\n",
		"etc/alternatives/app":          "-> /usr/bin/app-2", "usr/bin/app": "-> /etc/alternatives/app",
		"etc/alternatives/app.1.gz": "-> /usr/share/man/man1/app-2.1.gz", "usr/share/man/man1/app.1.gz": "-> /etc/alternatives/app.1.gz",
		"var/lib/dpkg/alternatives/shared": "manual\n/usr/bin/shared\n\n/usr/bin/app-2\n10\n/usr/bin/other\n20\n\n",
		"etc/alternatives/shared":          "-> /usr/bin/other", "usr/bin/shared": "-> /etc/alternatives/shared",
		// A generic name that is no symlink to the choice, and titles that are no names.
		"var/lib/dpkg/alternatives/replaced": "auto\n/usr/bin/replaced\n../app\n/usr/bin/up\n..\n/usr/bin/up2\nnext\nrelative\n\n",
		"etc/alternatives/replaced":          "-> /usr/bin/app-2", "usr/bin/replaced": "a file", "usr/bin/up": "-> /etc/app",
		"var/lib/dpkg/alternatives/empty": "",
		// chkconfig's directory.
		"var/lib/alternatives/ld": "auto\n/usr/bin/ld\n\n/usr/bin/app-2\n50\n",
		"etc/alternatives/ld":     "-> ../../bin/app-2", "usr/bin/ld": "-> ../../etc/alternatives/ld",

		"var/lib/ucf/registry": "app \t /etc/default/app\nother \t /etc/default/other\napp \t /etc/default/removed\napp\trelative\napp \t /etc/app\nbroken\n",
		"etc/default/app":      "x=1", "etc/default/other": "x=1",

		"etc/app/app.conf": "", "etc/app/generated.conf": "", "etc/app/app.conf.dpkg-old": "", "etc/app/app.conf~": "",
		"etc/app/enabled": "-> /usr/share/app/linked", "etc/app/foreign": "-> /etc/default/other", "etc/app/dangling": "-> none",
		"usr/share/app/data/d": "", "usr/share/app/unowned-in-shared": "", "usr/share/app/common/of-other": "", "usr/share/app/linked": "",
		"usr/share/app/data/below/index": "", "usr/share/app/data/__pycache__/x.pyc": "",
		"var/lib/app/state": "",
	}
}

func TestExtra(t *testing.T) {
	m := tree(extraTree())
	m["etc/app/private.key"] = &fstest.MapFile{Mode: 0o600}
	m["etc/app/pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o644}
	for name, want := range map[string]string{
		"app": "/etc/alternatives/app /etc/alternatives/ld /etc/app/enabled /etc/app/generated.conf /etc/default/app /usr/bin/app /usr/bin/ld " +
			"/usr/share/app/data/below/index /usr/share/app/data/d",
		"other": "/etc/alternatives/shared /etc/default/other /usr/bin/shared",
	} {
		got, err := mustOpen(t, m).extra(t.Context(), name, Options{})
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, got\n%s, want\n%s", name, err, strings.Join(got, " "), want)
		}
	}
	got, err := mustOpen(t, m).extra(t.Context(), "app", Options{Docs: true})
	if err != nil || !slices.Contains(got, "/etc/alternatives/app.1.gz") || !slices.Contains(got, "/usr/share/man/man1/app.1.gz") {
		t.Errorf("with documentation: %q, %v", got, err)
	}
}

func TestApkExtra(t *testing.T) {
	m := tree(map[string]string{"lib/apk/db/installed": apkDatabase, "etc/ssl/openssl.cnf": "", "etc/ssl/made": "", "usr/lib/made": "", "usr/share/man/man1/x": ""})
	if got, err := mustOpen(t, m).extra(t.Context(), "openssl-libs", Options{}); err != nil || strings.Join(got, " ") != "/etc/ssl/made /usr/lib/made" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRPMExtra(t *testing.T) {
	m := tree(map[string]string{
		"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "etc/pki/tls/made": "", "etc/pki/made": "",
		"var/lib/alternatives/ssl": "auto\n/usr/lib64/libcrypto.so\n\n", "etc/alternatives/ssl": "-> /usr/lib64/libssl.so.3.2.1",
		"usr/lib64/libssl.so.3.2.1": "", "usr/lib64/libcrypto.so": "-> /etc/alternatives/ssl",
	})
	want := "/etc/alternatives/ssl /etc/pki/tls/made /usr/lib64/libcrypto.so"
	if got, err := mustOpen(t, m).extra(t.Context(), "openssl-libs", Options{}); err != nil || strings.Join(got, " ") != want {
		t.Errorf("%q, %v", got, err)
	}
}

// TestExtraLimits checks that neither very many generated files nor very large files of
// alternatives are read.
func TestExtraLimits(t *testing.T) {
	m := tree(extraTree())
	for i := range maxGenerated + 1 {
		m["etc/app/many/"+strings.Repeat("0", i/1000)+"/"+strings.Repeat("1", i%1000+1)] = &fstest.MapFile{Mode: 0o644}
	}
	if _, err := mustOpen(t, m).extra(t.Context(), "app", Options{}); err == nil || !strings.Contains(err.Error(), "generated files") {
		t.Error(err)
	}
	for _, name := range []string{"var/lib/dpkg/alternatives/app", "var/lib/ucf/registry"} {
		db, err := Open(t.Context(), testfs.FS{MapFS: tree(extraTree()), Size: map[string]int64{name: 1 << 40}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.extra(t.Context(), "app", Options{}); err == nil || !strings.Contains(err.Error(), name+": larger than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzExtra(f *testing.F) {
	f.Add(extraTree()["var/lib/dpkg/alternatives/app"], extraTree()["var/lib/ucf/registry"], "/usr/bin/app-2")
	f.Fuzz(func(t *testing.T, alternative, registry, to string) {
		m := tree(extraTree(), map[string]string{"var/lib/dpkg/alternatives/app": alternative, "var/lib/ucf/registry": registry, "etc/alternatives/app": "-> " + to})
		db, err := Open(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.extra(t.Context(), "app", Options{Docs: true})
		if err != nil {
			t.Error(err)
		}
		for _, name := range got {
			if name[0] != '/' {
				t.Errorf("%q", name)
			}
		}
	})
}
