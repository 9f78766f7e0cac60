package pkgdb

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"github.com/mkrootfs/mkrootfs/internal/lack"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// hostDB opens this machine's database, which the tests below hold against
// dpkg's own answers.
func hostDB(t testing.TB) *DB {
	t.Helper()
	lack.UnlessAsked(t)
	db, err := Open(t.Context(), sysroot.Host("/"))
	if err != nil || db.Kind() != Dpkg {
		lack.Skip(t, "no dpkg database: %v", err)
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

// dpkgL is what dpkg -L lists for each package but directories, under the
// names that diversions give them.
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
	// What others lie below is a directory, though /lib may be a link to one.
	out = slices.DeleteFunc(out, func(name string) bool {
		info, err := os.Lstat(name)
		return name == "/." || dirs[name] || err == nil && info.IsDir()
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// Every list is as dpkg -L prints it.
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
	if len(lists) != len(names) || len(names) != len(db.Packages()) {
		t.Fatalf("%d lists of %d packages, %d here", len(lists), len(names), len(db.Packages()))
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

// Owners are those that dpkg -S prints, by both names of a file.
func TestOwnerAgainstDpkg(t *testing.T) {
	db := hostDB(t)
	var sample []string
	i := 0
	err := db.back.all(t.Context(), func(_ *record, f file) error {
		if i++; i%150 == 0 {
			if info, err := os.Lstat(f.path); err == nil && !info.IsDir() {
				sample = append(sample, f.path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]string{}
	for line := range strings.Lines(output(t, "dpkg", append([]string{"-S"}, sample...)...)) {
		if by, name, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(by, "diversion by ") {
			owners[name] = by
		}
	}
	checked := 0
	for _, name := range sample {
		by, ok := owners[name]
		if !ok {
			continue // a diverted file: dpkg tells of the diversion
		}
		checked++
		other := "/usr" + name
		if strings.HasPrefix(name, "/usr/lib/") || strings.HasPrefix(name, "/usr/bin/") || strings.HasPrefix(name, "/usr/sbin/") {
			other = strings.TrimPrefix(name, "/usr")
		}
		for _, at := range []string{name, other} {
			if info, err := os.Lstat(at); err != nil || info.IsDir() {
				continue
			}
			p, ok, _ := db.Owner(t.Context(), at)
			if !ok || !slices.Contains(strings.Split(by, ", "), p.Name) && !slices.Contains(strings.Split(by, ", "), p.Name+":"+p.Arch) {
				t.Errorf("%s: %v, dpkg says %s", at, p, by)
			}
		}
	}
	t.Logf("%d of %d files", checked, len(sample))
}

// apt's packed indexes unpack to what apt itself makes of them.
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

func BenchmarkOwner200(b *testing.B) {
	hostDB(b)
	var names []string
	_ = fs.WalkDir(sysroot.Host("/"), "usr/lib", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(name, ".so") && !d.IsDir() && len(names) < 200 {
			names = append(names, "/"+name)
		}
		return nil
	})
	for b.Loop() {
		db, err := Open(b.Context(), sysroot.Host("/"))
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			if _, _, err := db.Owner(b.Context(), name); err != nil {
				b.Fatal(err)
			}
		}
	}
}
