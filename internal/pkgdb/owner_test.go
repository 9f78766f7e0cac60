package pkgdb

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ownersOf returns the answer of Owners as "PATH: PACKAGE, …".
func ownersOf(t testing.TB, db *DB, paths ...string) []string {
	t.Helper()
	found, err := db.Owners(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, name+": "+strings.Join(found[name], ", "))
	}
	return out
}

func TestDpkgOwners(t *testing.T) {
	m := tree(dpkgTree(), map[string]string{
		"usr/lib/systemd/redis.service": "", "etc/redis/redis.conf": "", "etc/gone.conf": "", "usr/bin/mawk": "", "usr/share/redis/": "",
		"var/lib/dpkg/info/libzstd1:amd64.list": dpkgTree()["var/lib/dpkg/info/libzstd1:amd64.list"] + "/usr/share/redis\n",
		"usr/share/redis-link":                  "-> redis",
	})
	for _, tc := range []struct {
		name, want string
	}{
		{"/usr/bin/redis-server", "redis-server"},
		{"/bin/redis-server", "redis-server"},              // recorded below /usr
		{"/usr/lib/systemd/redis.service", "redis-server"}, // recorded as /lib
		{"/lib/systemd/../systemd/redis.service", "redis-server"},
		{"/opt/links/mawk", "mawk"},                    // through another symlink
		{"/run/redis.stamp", "redis-server"},           // recorded as /var/run
		{"/etc/redis/with space.conf", "redis-server"}, // a configuration file that the list lacks
		{"/etc/redis/old.conf", ""},
		{"/etc/gone.conf", ""}, // of a removed package
		{"/usr/lib/x86_64-linux-gnu/libzstd.so.1", "libzstd1"},
		{"/usr/lib/i386-linux-gnu/libzstd.so.1", "libzstd1:i386"},
		{"/usr/share/zstd.common", "libzstd1, libzstd1:i386"},
		{"/usr/bin/sh", "dash"},
		{"/bin/sh.distrib", "bash"},
		{"/usr/bin/local.real", "mawk"},
		{"/usr/bin/local", ""}, // diverted for every package
		{"/usr/bin", "bash, dash, dpkg, mawk, redis-server"},
		{"/usr/share/redis", "libzstd1"},
		{"/usr/share/redis-link", ""},
		{"/usr/share/empty", "redis-server"},
		{"/etc/alternatives/awk", ""},
		{"/", ""},
		{"relative", ""},
		{"", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := mustOpen(t, m)
			want := []string{tc.name + ": " + tc.want}
			if tc.want == "" {
				want = nil
			}
			if got := ownersOf(t, db, tc.name); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			// With a directory, every list is read.
			if got := ownersOf(t, db, tc.name, "/usr/share/empty", tc.name); len(want) > 0 && !slices.Contains(got, want[0]) {
				t.Errorf("with a directory: %q, want %q", got, want)
			}
		})
	}
}

// TestOwnersReadsFewLists checks that the lists of other packages are not read for a file
// that a package of a similar name has.
func TestOwnersReadsFewLists(t *testing.T) {
	m := tree(dpkgTree())
	db := mustOpen(t, m)
	delete(m, "var/lib/dpkg/info/bash.list")
	m["var/lib/dpkg/info/bash.list/unreadable"] = m["var/lib/dpkg/status"]
	if got := ownersOf(t, db, "/usr/bin/redis-server", "/usr/lib/x86_64-linux-gnu/libzstd.so.1.5.4"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if _, err := db.Owners(t.Context(), "/usr/bin/none"); err == nil {
		t.Error("an unreadable list was ignored")
	}
}

func TestOwnersAmong(t *testing.T) {
	for pkg, tc := range map[string]struct {
		db      *DB
		path    string
		owners  string
		another string
	}{
		"mawk": {mustOpen(t, tree(dpkgTree())), "/usr/bin", "mawk", "dash"},
		"musl": {mustOpen(t, tree(map[string]string{"lib/apk/db/installed": apkDatabase, "usr/": ""})), "/usr", "musl", "tiny"},
		"rpm":  {mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite")})), "/usr/bin/rpm", "rpm", "fixture"},
	} {
		got, err := tc.db.OwnersAmong(t.Context(), []string{pkg}, tc.path, "/none")
		if err != nil || strings.Join(got[tc.path], " ") != tc.owners || len(got) != 1 {
			t.Errorf("%s: %q, %v", pkg, got, err)
		}
		if got, err := tc.db.OwnersAmong(t.Context(), []string{tc.another}, tc.path+"/../none"); err != nil || len(got) > 0 {
			t.Errorf("%s: %q, %v", tc.another, got, err)
		}
		if _, err := tc.db.OwnersAmong(t.Context(), []string{"none"}, tc.path); !errors.As(err, new(*NotInstalledError)) {
			t.Errorf("a package that is not installed: %v", err)
		}
	}
}

// TestOwnersAmongReadsFewLists checks that only the lists of the named packages are read.
func TestOwnersAmongReadsFewLists(t *testing.T) {
	m := tree(dpkgTree())
	db := mustOpen(t, m)
	delete(m, "var/lib/dpkg/info/bash.list")
	m["var/lib/dpkg/info/bash.list/unreadable"] = m["var/lib/dpkg/status"]
	got, err := db.OwnersAmong(t.Context(), []string{"dash", "libzstd1:i386"}, "/usr/bin", "/usr/lib/i386-linux-gnu/libzstd.so.1", "/usr/share/zstd.common")
	want := map[string][]string{"/usr/bin": {"dash"}, "/usr/lib/i386-linux-gnu/libzstd.so.1": {"libzstd1:i386"}, "/usr/share/zstd.common": {"libzstd1:i386"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOwnersInStatusDir(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{
		"var/lib/dpkg/status.d/base":         "Package: base-files\nConffiles:\n /etc/issue 2ec8a2e2b1d0ab4aac2a01ebf6d2a08f\n",
		"var/lib/dpkg/status.d/base.md5sums": "2ec8a2e2b1d0ab4aac2a01ebf6d2a08f  usr/lib/os-release\n",
		"var/lib/dpkg/status.d/none":         "Package: none\n", "usr/lib/os-release": "",
	}))
	want := []string{"/etc/issue: base-files", "/usr/lib: base-files", "/usr/lib/os-release: base-files"}
	if got := ownersOf(t, db, "/usr/lib/os-release", "/usr/lib", "/etc/issue", "/usr/share"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestApkOwners(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{"usr/lib/apk/db/installed": apkDatabase, "lib": "-> usr/lib", "etc/ssl/": ""}))
	for name, want := range map[string]string{
		"/usr/lib/ld-musl-x86_64.so.1": "musl", "/lib/ld-musl-x86_64.so.1": "musl", "/usr/lib/libssl.so.3": "openssl-libs", "/etc/ssl": "openssl-libs",
		"/usr/lib": "musl, openssl-libs", "/top": "tiny", "/escape": "tiny", "/none": "",
	} {
		got, err := db.Owners(t.Context(), name, "/etc")
		if err != nil || strings.Join(got[name], ", ") != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
}

func TestRPMOwners(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "lib64": "-> usr/lib64", "usr/lib64/": "", "etc/pki/tls/": ""}))
	for name, want := range map[string]string{
		"/lib64/libssl.so.3": "openssl-libs", "/usr/lib64/libssl.so.3.2.1": "openssl-libs", "/etc/pki/tls": "openssl-libs", "/etc/pki": "",
		"/etc/pki/tls/ghost.cnf": "openssl-libs", "/usr/bin/rpm": "rpm", "/usr/share/many/file-0199": "many-files", "/usr/bin/none": "",
	} {
		got, err := db.Owners(t.Context(), name)
		if err != nil || strings.Join(got[name], ", ") != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
}

// TestOwnersAgainstDpkg compares the owners of files with the output of dpkg -S.
func TestOwnersAgainstDpkg(t *testing.T) {
	db := hostDB(t)
	paths := sampleFiles(t, db, 300)
	found, err := db.Owners(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(output(t, "dpkg", append([]string{"-S"}, paths...)...)) {
		owners, name, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "diversion by ") {
			continue
		}
		for owner := range strings.SplitSeq(owners, ", ") {
			owner, _, _ = strings.Cut(owner, ":")
			if !slices.ContainsFunc(found[name], func(s string) bool { return s == owner || strings.HasPrefix(s, owner+":") }) {
				t.Errorf("%s: %q, dpkg has %s", name, found[name], owner)
			}
		}
	}
}

// sampleFiles returns about n files of installed packages, and their directories.
func sampleFiles(t testing.TB, db *DB, n int) []string {
	t.Helper()
	var out []string
	for i := 0; i < len(db.pkgs); i += max(1, len(db.pkgs)/n) {
		files, err := db.Files(t.Context(), db.nameOf(db.pkgs[i]), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 0 {
			out = append(out, files[len(files)/2])
		}
	}
	return out
}

// TestOwnersOfFewIsOwnersOfAll checks that asking for one file, for which few lists are
// read, gives the same answer as reading all lists.
func TestOwnersOfFewIsOwnersOfAll(t *testing.T) {
	db := hostDB(t)
	paths := sampleFiles(t, db, 60)
	all, err := db.Owners(t.Context(), append(paths, "/usr")...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range paths {
		if one := ownersOf(t, db, name); len(all[name]) == 0 || !slices.Equal(one, []string{name + ": " + strings.Join(all[name], ", ")}) {
			t.Errorf("%q, with all lists %q", one, all[name])
		}
	}
}

func FuzzOwners(f *testing.F) {
	f.Add("/usr/bin/x\n/usr/share\n", "/usr/bin/x", "/a\n/usr/bin/x\n:\n")
	f.Fuzz(func(t *testing.T, list, name, diversions string) {
		m := tree(map[string]string{
			"var/lib/dpkg/status":      "Package: x\nStatus: install ok installed\nDepends: y | " + strings.ReplaceAll(name, "\n", ",") + "\n\nPackage: y\nStatus: install ok installed\n",
			"var/lib/dpkg/info/x.list": list, "var/lib/dpkg/diversions": diversions, "lib": "-> usr/lib", "usr/lib/": "",
		})
		db, err := Open(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		found, err := db.Owners(t.Context(), name)
		if err != nil || len(found) > 1 {
			t.Errorf("%q, %v", found, err)
		}
		if _, err := db.Depends(t.Context(), "x"); err != nil {
			t.Error(err)
		}
	})
}

func TestOwnerLimits(t *testing.T) {
	var names strings.Builder
	for i := range maxNeeds + 2 {
		fmt.Fprintf(&names, "n%d, ", i)
	}
	db := mustOpen(t, tree(map[string]string{
		"var/lib/dpkg/status":      "Package: x\nStatus: install ok installed\nDepends: a\nPre-Depends: " + strings.ReplaceAll(names.String(), ", ", ",\n ") + "\n",
		"var/lib/dpkg/info/x.list": "/usr/bin/x\n",
	}))
	if _, err := db.Depends(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "dependencies") {
		t.Error(err)
	}
	if got := ownersOf(t, db, "/usr/bin/x", "/usr/bin/y"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	paths := make([]string, maxPaths+1)
	for i := range paths {
		paths[i] = fmt.Sprint("/", i)
	}
	if _, err := db.Owners(t.Context(), paths...); err == nil || !strings.Contains(err.Error(), "paths") {
		t.Error(err)
	}
}

func TestOwnersErrors(t *testing.T) {
	for pkg, fsys := range databases(t) {
		db, err := Open(t.Context(), fsys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Depends(t.Context(), "none"); !errors.As(err, new(*NotInstalledError)) {
			t.Errorf("%s: %v", pkg, err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	hostDB(b)
	for b.Loop() {
		if _, err := Open(b.Context(), sysroot.Host("/")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOwners(b *testing.B) {
	paths := sampleFiles(b, hostDB(b), 100)
	for what, paths := range map[string][]string{
		"five files":                     {"/usr/bin/dpkg", "/etc/dpkg/dpkg.cfg", "/usr/share/dpkg/cputable", "/lib/x86_64-linux-gnu/libz.so.1", "/lib/x86_64-linux-gnu/libc.so.6"},
		"directory":                      {"/usr/share/perl5"},
		"no owner":                       {"/etc/passwd", "/usr/bin/none"},
		fmt.Sprint(len(paths), " files"): paths,
	} {
		b.Run(what, func(b *testing.B) {
			for b.Loop() {
				db, err := Open(b.Context(), sysroot.Host("/"))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := db.Owners(b.Context(), paths...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
