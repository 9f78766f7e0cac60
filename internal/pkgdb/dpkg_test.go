package pkgdb

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// tree builds a file system from path → content, "-> target" or, for a path
// that ends in a slash, a directory.
func tree(files ...map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, set := range files {
		for name, text := range set {
			switch {
			case strings.HasSuffix(name, "/"):
				m[strings.TrimSuffix(name, "/")] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			case strings.HasPrefix(text, "-> "):
				m[name] = &fstest.MapFile{Data: []byte(text[3:]), Mode: fs.ModeSymlink | 0o777}
			default:
				m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
			}
		}
	}
	return m
}

func mustOpen(t *testing.T, m fstest.MapFS) *DB {
	t.Helper()
	db, err := Open(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func dpkgTree() map[string]string {
	return map[string]string{
		"lib": "-> usr/lib", "bin": "-> usr/bin", "sbin": "-> usr/sbin", "var/run": "-> /run",
		"usr/bin/": "", "usr/sbin/": "", "usr/lib/x86_64-linux-gnu/": "", "run/": "", "usr/share/empty/": "",
		"etc/alternatives/awk": "-> /usr/bin/mawk", "usr/bin/awk": "-> /etc/alternatives/awk",
		"opt/links": "-> ../usr/bin",

		"var/lib/dpkg/status": `Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.21.22

Package: redis-server
Status: install ok installed
Architecture: amd64
Source: redis (5:7.0.15-1)
Version: 5:7.0.15-1~deb12u5
Provides: key-value-store (= 7), redis
Conffiles:
 /etc/redis/redis.conf 3f070d8d3ef55ec295f647bec0cd3326
 /etc/redis/with space.conf 3f070d8d3ef55ec295f647bec0cd3326
 /etc/redis/old.conf 3f070d8d3ef55ec295f647bec0cd3326 obsolete
 /etc/redis/new.conf newconffile
Description: Persistent key-value database
 with a network interface
 .
 Package: this is text

Package: libzstd1
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1.5.4
Source: libzstd

Package: libzstd1
Status: install ok installed
Architecture: i386
Multi-Arch: same
Version: 1.5.4
Source: libzstd

Package: mawk
Status: hold ok unpacked
Architecture: amd64
Version: 1.3.4
Provides: awk:any

Package: dash
Status: install ok installed
Architecture: amd64
Version: 0.5.12
Provides: posix-shell

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2
Provides: posix-shell

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
Conffiles:
 /etc/gone.conf 3f070d8d3ef55ec295f647bec0cd3326

Package: never
Status: purge ok not-installed
Architecture: amd64

Package: unknown
Architecture: amd64
`,
		"var/lib/dpkg/diversions": "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/local\n/usr/bin/local.real\n:\n",
		"var/lib/dpkg/info/redis-server.list": "/.\n/etc\n/etc/redis\n/etc/redis/redis.conf\n/lib\n/lib/systemd\n/lib/systemd/redis.service\n/usr\n/usr/bin\n/usr/bin/redis-server\n" +
			"/usr/share\n/usr/share/doc\n/usr/share/doc/redis-server\n/usr/share/doc/redis-server/copyright\n/usr/share/man\n/usr/share/man/man1\n/usr/share/man/man1/redis-server.1.gz\n" +
			"/usr/share/locale/de/LC_MESSAGES/redis.mo\n/usr/share/empty\n/usr/share/bash-completion/completions/redis\n/usr/share/lintian/overrides/redis-server\n/var/run\n/var/run/redis.stamp\n",
		"var/lib/dpkg/info/libzstd1:amd64.list":    "/.\n/usr\n/usr/lib\n/usr/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu/libzstd.so.1.5.4\n/usr/lib/x86_64-linux-gnu/libzstd.so.1\n/usr/share/zstd.common\n",
		"var/lib/dpkg/info/libzstd1:i386.list":     "/.\n/usr\n/usr/lib\n/usr/lib/i386-linux-gnu\n/usr/lib/i386-linux-gnu/libzstd.so.1\n/usr/share/zstd.common\n",
		"var/lib/dpkg/info/mawk.list":              "/.\n/usr\n/usr/bin\n/usr/bin/mawk\n/usr/bin/local\n",
		"var/lib/dpkg/info/dash.list":              "/.\n/bin\n/bin/dash\n/bin/sh\n",
		"var/lib/dpkg/info/bash.list":              "/.\n/bin\n/bin/bash\n/bin/sh\n",
		"var/lib/dpkg/info/dpkg.list":              "/.\n/usr\n/usr/bin\n/usr/bin/dpkg\n",
		"var/lib/dpkg/info/gone.list":              "/etc/gone.conf\n",
		"var/lib/dpkg/info/libzstd1:amd64.shlibs":  "libzstd 1 libzstd1 (>= 1.5.2)\nudeb: libzstd 1 libzstd1-udeb (>= 1.5.2)\nlibodd 1.2 libodd-1.2-0, more\n",
		"var/lib/dpkg/info/libzstd1:amd64.symbols": "libsym.so.3 libsym3 #MINVER#\n| libsym3-alt\n* Build-Depends-Package: libsym-dev\n zsym@Base 1.0\n",
	}
}

func TestDpkgFiles(t *testing.T) {
	redis := "/etc/redis/redis.conf /etc/redis/with space.conf /lib/systemd/redis.service /usr/bin/redis-server /var/run/redis.stamp"
	for _, tc := range []struct {
		name    string
		options Options
		want    string
	}{
		{"redis-server", Options{}, redis},
		{"redis-server:amd64", Options{}, redis},
		{"redis", Options{}, redis},
		{"key-value-store", Options{}, redis},
		{"redis-server", Options{Locales: true}, strings.Replace(redis, "redis-server ", "redis-server /usr/share/locale/de/LC_MESSAGES/redis.mo ", 1)},
		{"redis-server", Options{Docs: true}, strings.Replace(redis, "redis-server ", "redis-server /usr/share/bash-completion/completions/redis "+
			"/usr/share/doc/redis-server/copyright /usr/share/lintian/overrides/redis-server /usr/share/man/man1/redis-server.1.gz ", 1)},
		{"libzstd1", Options{}, "/usr/lib/x86_64-linux-gnu/libzstd.so.1 /usr/lib/x86_64-linux-gnu/libzstd.so.1.5.4 /usr/share/zstd.common"},
		{"libzstd1:i386", Options{}, "/usr/lib/i386-linux-gnu/libzstd.so.1 /usr/share/zstd.common"},
		{"awk", Options{}, "/usr/bin/local.real /usr/bin/mawk"},
		{"awk:any", Options{}, "/usr/bin/local.real /usr/bin/mawk"},
		{"dash", Options{}, "/bin/dash /bin/sh"},
		{"bash", Options{}, "/bin/bash /bin/sh.distrib"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := mustOpen(t, tree(dpkgTree())).Files(t.Context(), tc.name, tc.options)
			if err != nil || strings.Join(got, " ") != tc.want {
				t.Errorf("%v: got\n%s, want\n%s", err, strings.Join(got, " "), tc.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	db := mustOpen(t, tree(dpkgTree()))
	for name, nearest := range map[string]string{
		"redis-sever": "redis-server", "libzstd2": "libzstd1", "dsh": "dash", "gone": "", "never": "", "unknown": "", "": "",
		"redi": "redis-server", "libzstd1:arm64": "libzstd1", "wholly-other": "", "../dash": "",
	} {
		var missing *NotInstalledError
		if _, err := db.find(name); !errors.As(err, &missing) {
			t.Errorf("%q: %v", name, err)
		} else if got := strings.Join(missing.Nearest, " "); missing.Name != name || got != nearest {
			t.Errorf("%q: nearest %q, want %q", name, got, nearest)
		}
	}
	var several *AmbiguousError
	if _, err := db.find("posix-shell"); !errors.As(err, &several) || strings.Join(several.Providers, " ") != "bash dash" {
		t.Errorf("posix-shell: %v", err)
	}
}

func TestDpkgProviders(t *testing.T) {
	lists := map[string]string{
		"var/lib/apt/lists/x_main_binary-amd64_Packages": "Package: libmissing2\nVersion: 1\n\nPackage: libssl3t64\nDescription: x\n\nPackage: libz3-4\n",
	}
	contents := map[string]string{
		"var/lib/apt/lists/x_main_Contents-amd64": "usr/lib/x86_64-linux-gnu/libodd name.so.7      libs/libodd7,non-free/libs/libodd7-nonfree\nusr/lib/libmissing.so.2.0 admin/other\n",
	}
	for _, tc := range []struct {
		name, want string
		apt        map[string]string
	}{
		{"libzstd.so.1", "libzstd1/usr/lib/x86_64-linux-gnu/libzstd.so.1+", lists},
		{"/lib/nowhere/redis.service", "redis-server/lib/systemd/redis.service+", nil},
		{"libodd.so.1.2", "libodd-1.2-0", nil},
		{"libodd-1.2.so", "libodd-1.2-0", nil},
		{"libsym.so.3", "libsym3", nil},
		{"libmissing.so.2", "libmissing2", lists},
		{"libssl.so.3", "libssl3t64", lists},
		{"libz3.so.4", "libz3-4", lists},
		{"libother.so.2", "", lists},
		{"libodd name.so.7", "libodd7/usr/lib/x86_64-linux-gnu/libodd name.so.7 libodd7-nonfree/usr/lib/x86_64-linux-gnu/libodd name.so.7", contents},
		{"/", "", nil},
		{"", "", nil},
	} {
		var got []string
		found, err := mustOpen(t, tree(dpkgTree(), tc.apt)).Providers(t.Context(), tc.name)
		if err != nil {
			t.Error(err)
		}
		for _, p := range found[tc.name] {
			s := p.Package + p.Path
			if p.Installed {
				s += "+"
			}
			got = append(got, s)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestStatusDir reads the database of an image that was made without dpkg, with a file for
// each package.
func TestStatusDir(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{
		"var/lib/dpkg/status.d/base":         "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
		"var/lib/dpkg/status.d/base.md5sums": "2ec8a2e2b1d0ab4aac2a01ebf6d2a08f  usr/lib/os-release\n",
		"var/lib/dpkg/status.d/tzdata":       "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
	}))
	if got, err := db.Files(t.Context(), "base-files", Options{}); err != nil || !slices.Equal(got, []string{"/usr/lib/os-release"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := db.Files(t.Context(), "tzdata", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a package without a list: %v", err)
	}
}

func TestOpenNone(t *testing.T) {
	for _, files := range []map[string]string{
		{"etc/passwd": ""},
		{"var/lib/dpkg/status": ""},
		{"var/lib/dpkg/": "", "lib/apk/db/installed": "\n"},
	} {
		if _, err := Open(t.Context(), tree(files)); !errors.Is(err, ErrNone) {
			t.Errorf("%v: %v", files, err)
		}
	}
}

func FuzzDpkg(f *testing.F) {
	for name, text := range dpkgTree() {
		if strings.HasPrefix(name, "var/lib/dpkg/") {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := tree(map[string]string{
			"var/lib/dpkg/status":      "Package: x\nStatus: install ok installed\nConffiles:\n /a b c\n\n" + text,
			"var/lib/dpkg/info/x.list": text, "var/lib/dpkg/info/x.shlibs": text, "var/lib/dpkg/info/x.symbols": text, "var/lib/dpkg/diversions": text,
		})
		db, err := Open(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range db.pkgs {
			if p.Name == "" || strings.ContainsAny(p.Name, "/\n") {
				t.Errorf("package %q", p.Name)
			}
		}
		files, err := db.Files(t.Context(), "x", Options{Docs: true})
		if err != nil && !errors.Is(err, fs.ErrNotExist) || !slices.IsSorted(files) {
			t.Errorf("%q, %v", files, err)
		}
		for _, name := range files {
			if name[0] != '/' || strings.Contains(name, "\n") {
				t.Errorf("path %q", name)
			}
		}
		if _, err := db.Providers(t.Context(), "a", "libx.so.1"); err != nil {
			t.Error(err)
		}
	})
}

func FuzzStatusDir(f *testing.F) {
	f.Add("Package: base\nVersion: 1\n", "2ec8a2e2b1d0ab4aac2a01ebf6d2a08f  usr/lib/os-release\n")
	f.Fuzz(func(t *testing.T, control, sums string) {
		db, err := Open(t.Context(), tree(map[string]string{"var/lib/dpkg/status.d/x": "Package: x\n\n" + control, "var/lib/dpkg/status.d/x.md5sums": sums}))
		if err != nil {
			t.Fatal(err)
		}
		files, err := db.Files(t.Context(), "x", Options{Docs: true})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		for _, name := range files {
			if name[0] != '/' {
				t.Errorf("path %q", name)
			}
		}
	})
}

// FuzzIndex parses lines of apt's indexes.
func FuzzIndex(f *testing.F) {
	f.Add("usr/lib/libx.so.1 libs/libx1,contrib/libs/libx1-x\nPackage: libx1\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range []*wanted{newWanted([]string{"libx.so.1", "a"})} {
			names := packageFinder(w)
			for line := range strings.SplitSeq(text, "\n") {
				w.contentsLine([]byte(line))
				names([]byte(line))
			}
			for name, list := range w.found {
				if len(list) > maxFound {
					t.Errorf("%s: %d providers", name, len(list))
				}
			}
		}
	})
}
