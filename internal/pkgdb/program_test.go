package pkgdb

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// executable adds executable files to a tree.
func executable(m fstest.MapFS, names ...string) fstest.MapFS {
	for _, name := range names {
		m[name] = &fstest.MapFile{Data: []byte("x"), Mode: 0o755}
	}
	return m
}

func TestDpkgPrograms(t *testing.T) {
	lists := map[string]string{
		"var/lib/dpkg/info/dash.list":        "/.\n/bin\n/bin/dash\n/etc/init.d/dash\n/usr/share/doc/dash/tool\n/usr/share/dash/tool\n/usr/bin/gone\n/usr/bin/note\n/usr/bin\n",
		"var/lib/apt/lists/x_Packages":       "Package: missing\n\nPackage: mawk\n\nPackage: gone\n",
		"var/lib/apt/lists/x_Contents-amd64": "usr/sbin/served net/served-server\nusr/share/doc/served net/served-doc\nusr/games/missing games/missing-game\n",
		"usr/bin/note":                       "not executable",
	}
	db := mustOpen(t, executable(tree(dpkgTree(), lists), "usr/bin/dash", "etc/init.d/dash", "usr/share/doc/dash/tool", "usr/share/dash/tool"))
	for name, want := range map[string]string{
		"dash": "dash /bin/dash installed", "tool": "dash /usr/share/dash/tool installed", "note": "", "mawk": "",
		"gone": "gone", "served": "served-server /usr/sbin/served", "missing": "missing-game /usr/games/missing", "none": "",
	} {
		found, err := db.Programs(t.Context(), name)
		var got []string
		for _, p := range found[name] {
			words := []string{p.Package, p.Path}
			if p.Installed {
				words = append(words, "installed")
			}
			got = append(got, strings.TrimSpace(strings.Join(words, " ")))
		}
		if err != nil || strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestProgramsInIndexes(t *testing.T) {
	apk := mustOpen(t, tree(map[string]string{"lib/apk/db/installed": apkDatabase, "var/cache/apk/APKINDEX.x.tar.gz": apkIndex(t, "P:nginx\np:cmd:nginx=1 so:nginx.so=1\n")}))
	if got, err := apk.Programs(t.Context(), "nginx"); err != nil || !slices.Equal(got["nginx"], []Provider{{Package: "nginx"}}) {
		t.Errorf("apk: %v, %v", got, err)
	}
	var primary bytes.Buffer
	z := gzip.NewWriter(&primary)
	_, _ = z.Write([]byte("<name>bind-utils</name>\n<rpm:provides>\n</rpm:provides>\n<file>/usr/bin/dig</file>\n<file>/etc/host</file>\n"))
	_ = z.Close()
	db := mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "var/cache/dnf/x/repodata/0-primary.xml.gz": primary.String()}))
	got, err := db.Programs(t.Context(), "dig", "host")
	if err != nil || !slices.Equal(got["dig"], []Provider{{Package: "bind-utils", Path: "/usr/bin/dig"}}) || len(got["host"]) > 0 {
		t.Errorf("rpm: %v, %v", got, err)
	}
}

func TestProgramsOf(t *testing.T) {
	more := map[string]string{
		"var/lib/dpkg/status":                     dpkgTree()["var/lib/dpkg/status"] + "\nPackage: redis-meta\nStatus: install ok installed\nDepends: redis-meta-tools, dash\n\nPackage: redis-meta-tools\nStatus: install ok installed\n",
		"var/lib/dpkg/info/redis-meta.list":       "/.\n/usr/share/doc/x\n",
		"var/lib/dpkg/info/redis-meta-tools.list": "/.\n/usr/bin/b\n/usr/sbin/a\n/usr/share/c\n",
	}
	db := mustOpen(t, executable(tree(dpkgTree(), more), "usr/bin/a", "usr/sbin/a", "usr/bin/b", "usr/share/c", "usr/bin/redis-server"))
	for name, want := range map[string]string{"redis-server": "redis-server", "key-value-store": "redis-server", "redis-meta": "a b", "posix-shell": "", "none": "", "dash": ""} {
		if got, err := db.ProgramsOf(t.Context(), name); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
}
