package pkgdb

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// Files lists the files in directories that the user may not enter.
func TestFilesInClosedDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"var/lib/dpkg/status":      "Package: p\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n",
		"var/lib/dpkg/info/p.list": "/etc\n/etc/closed\n/etc/closed/p.conf\n",
		"var/lib/dpkg/info/format": "1\n",
		"etc/closed/p.conf":        "",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	closed := filepath.Join(dir, "etc/closed")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	testenv.AsNobody(t, dir, func() {
		db, err := Open(t.Context(), sysroot.Host(dir))
		if err != nil {
			t.Error(err)
			return
		}
		got, err := db.Files(t.Context(), "p", Options{})
		if err != nil || !slices.Equal(got, []string{"/etc/closed/p.conf"}) {
			t.Errorf("%q, %v", got, err)
		}
	})
}
