package pkgdb

import (
	"slices"
	"strings"
	"testing"
)

func TestDpkgDepends(t *testing.T) {
	stanza := func(fields ...string) string {
		return "Status: install ok installed\n" + strings.Join(fields, "\n") + "\n\n"
	}
	db := mustOpen(t, tree(map[string]string{"var/lib/dpkg/status": stanza("Package: dpkg", "Architecture: amd64") +
		stanza("Package: app", "Architecture: amd64", "Pre-Depends: libc6 (>= 2.36), init-helpers (>= 1)",
			"Depends: app-data (= 1.0~rc1), libz1:any(>=1)|libz-ng,", " mail-agent | none, python3:any, gone, app, other:i386", "Recommends: tips, mail-agent", "Suggests: tips,", " other | none") +
		stanza("Package: app", "Architecture: i386", "Multi-Arch: same", "Depends: libc6") +
		stanza("Package: app-data", "Architecture: all") +
		stanza("Package: libc6", "Architecture: amd64", "Multi-Arch: same") +
		stanza("Package: libc6", "Architecture: i386", "Multi-Arch: same") +
		stanza("Package: init-helpers", "Architecture: all") +
		stanza("Package: libz1", "Architecture: amd64") + stanza("Package: libz-ng", "Architecture: amd64") +
		stanza("Package: exim", "Architecture: amd64", "Provides: mail-agent (= 3), gone-too") +
		stanza("Package: python3", "Architecture: amd64", "Multi-Arch: allowed") +
		stanza("Package: other", "Architecture: amd64") + stanza("Package: tips", "Architecture: all") +
		"Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\n"}))
	if got := strings.Join(db.Installed([]string{"tips", "gone", "mail-agent", "app"}), " "); got != "tips app" {
		t.Error(got)
	}
	if got, err := db.Suggests(t.Context(), "app"); err != nil || strings.Join(got, " ") != "exim other tips" {
		t.Errorf("suggests %q, %v", got, err)
	}
	for name, want := range map[string]string{
		"app":      "app-data exim init-helpers libc6 libz-ng libz1 python3",
		"app:i386": "libc6:i386", "app-data": "",
	} {
		if got, err := db.Depends(t.Context(), name); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
}

func TestApkDepends(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{"lib/apk/db/installed": apkDatabase +
		"\nP:app\nA:x86_64\nD:so:libc.musl-x86_64.so.1 cmd:apk>=2 !openssl-libs tiny~1 libssl3=3 none app\n"}))
	if got, err := db.Depends(t.Context(), "app"); err != nil || strings.Join(got, " ") != "apk-tools musl openssl-libs tiny" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOperands(t *testing.T) {
	for expression, want := range map[string]string{
		"(a or b >= 2:1.0)":                 "a b",
		"(a and (libb.so.1()(64bit) or c))": "a libb.so.1()(64bit) c",
		"(a if b else c)":                   "a",
		"((a(x86-64) with b) unless c)":     "a(x86-64) b",
		"(":                                 "",
		"(>= >= if":                         "",
	} {
		got := slices.DeleteFunc(slices.Collect(operands(expression)), func(s string) bool { return s == "" })
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %s", expression, got, want)
		}
	}
}

func TestRPMDepends(t *testing.T) {
	db := mustOpen(t, tree(map[string]string{"var/lib/rpm/rpmdb.sqlite": rpmFixture(t, "rpmdb.sqlite"), "var/lib/rpm/rpmdb.sqlite-wal": rpmFixture(t, "rpmdb.sqlite-wal")}))
	for name, want := range map[string]string{
		"openssl-libs": "fixture many-files rpm", "logged": "openssl-libs small-01 small-02 small-03", "fixture": "",
	} {
		if got, err := db.Depends(t.Context(), name); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
}
