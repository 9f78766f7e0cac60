package pkgdb

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// hostDB opens this machine's database, which the tests below compare with the
// answers of dpkg.
func hostDB(t testing.TB) *DB {
	t.Helper()
	testenv.SkipSlow(t)
	db, err := Open(t.Context(), sysroot.Host("/"))
	if err != nil || db.Kind() != Dpkg {
		testenv.Skip(t, "no dpkg database: %v", err)
	}
	return db
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

// dpkgL returns what dpkg -L lists for each package, without directories and
// under the names that diversions give.
func dpkgL(t *testing.T, pkgs []string) [][]string {
	t.Helper()
	var out [][]string
	for text := range strings.SplitSeq(output(t, "dpkg", append([]string{"-L"}, pkgs...)...), "\n\n") {
		out = append(out, dpkgList(text))
	}
	return out
}

func dpkgList(text string) []string {
	var out []string
	dirs := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		if _, to, ok := strings.Cut(line, "diverted by "); ok {
			out[len(out)-1] = to[strings.Index(to, " to: ")+5:]
		} else if strings.HasPrefix(line, "/") {
			out = append(out, line)
			dirs[path.Dir(line)] = true
		}
	}
	// The parent of another entry is a directory, even if /lib is a symlink to one.
	out = slices.DeleteFunc(out, func(name string) bool {
		info, err := os.Lstat(name)
		return name == "/." || dirs[name] || err == nil && info.IsDir()
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// TestFilesAgainstDpkg compares every file list with the output of dpkg -L.
func TestFilesAgainstDpkg(t *testing.T) {
	db := hostDB(t)
	words := strings.Fields(output(t, "dpkg-query", "-W", "-f", "${binary:Package} ${db:Status-Status}\n"))
	var names []string
	for i := 0; i+1 < len(words); i += 2 {
		if words[i+1] != "config-files" && words[i+1] != "not-installed" {
			names = append(names, words[i])
		}
	}
	lists := dpkgL(t, names)
	if len(lists) != len(names) || len(names) != len(db.pkgs) {
		t.Fatalf("%d lists of %d packages, %d here", len(lists), len(names), len(db.pkgs))
	}
	files := 0
	for i, want := range lists {
		got, err := db.Files(t.Context(), names[i], Options{Docs: true, Locales: true})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v: only here %q, only dpkg's %q", names[i], err, without(got, want), without(want, got))
		}
		files += len(got)
	}
	t.Logf("%d packages, %d files", len(names), files)
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// TestLZ4AgainstApt compares unpacked indexes with the output of apt-helper.
func TestLZ4AgainstApt(t *testing.T) {
	db := hostDB(t)
	names, _ := filepath.Glob(aptLists + "/*.lz4")
	names = append(names, packed(t, "/var/lib/dpkg/status"))
	for _, name := range names {
		var got bytes.Buffer
		err := newReader(db.root).unpacked(t.Context(), name, newBudget(maxIndexes, name), func(r io.Reader) error { _, err := io.Copy(&got, r); return err })
		if want := output(t, "/usr/lib/apt/apt-helper", "cat-file", name); err != nil || got.String() != want {
			t.Errorf("%s: %d bytes, %v, want %d", name, got.Len(), err, len(want))
		}
	}
}

// packed returns an LZ4 file with the content of another one.
func packed(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := lz4.NewWriter(&out)
	_, err = w.Write(data)
	to := filepath.Join(t.TempDir(), "index.lz4")
	if err := errors.Join(err, w.Close(), os.WriteFile(to, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return to
}

func BenchmarkFiles(b *testing.B) {
	hostDB(b)
	for b.Loop() {
		db, err := Open(b.Context(), sysroot.Host("/"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.Files(b.Context(), db.pkgs[0].Name, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
