package sysroot

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// tree builds a file system from "path" → "", "-> target" or file content.
func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		switch {
		case strings.HasSuffix(name, "/"):
			m[strings.TrimSuffix(name, "/")] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		case strings.HasPrefix(text, "-> "):
			m[name] = &fstest.MapFile{Data: []byte(text[3:]), Mode: fs.ModeSymlink | 0o777}
		default:
			m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		}
	}
	return m
}

func merged() fstest.MapFS {
	return tree(map[string]string{
		"usr/lib/x/libc.so.6":   "libc",
		"usr/lib/x/libm.so":     "-> ../../../../../../lib/x/libm.so.6",
		"usr/lib/x/libm.so.6":   "libm",
		"lib":                   "-> usr/lib",
		"lib64":                 "-> /usr/lib64",
		"usr/lib64/ld.so":       "-> /lib/x/libc.so.6",
		"loop":                  "-> loop",
		"loop2":                 "-> loop3/a",
		"loop3":                 "-> loop2",
		"dangling":              "-> nowhere",
		"slashed":               "-> lib/x/libc.so.6/",
		"dotted":                "-> lib/x/libc.so.6/.",
		"opt/app/bin/prog":      "prog",
		"opt/app/lib/libq.so":   "q",
		"opt/current":           "-> app",
		"etc/alternatives/prog": "-> /opt/current/bin/prog",
		"bin":                   "-> etc/alternatives",
	})
}

func TestWalk(t *testing.T) {
	for _, tc := range []struct {
		name, real, links, dirs string
		err                     error
	}{
		{name: "/lib/x/libc.so.6", real: "/usr/lib/x/libc.so.6", links: "/lib>usr/lib", dirs: "/usr /usr/lib /usr/lib/x"},
		{name: "lib//x/./libc.so.6", real: "/usr/lib/x/libc.so.6", links: "/lib>usr/lib", dirs: "/usr /usr/lib /usr/lib/x"},
		{
			name: "/lib64/ld.so", real: "/usr/lib/x/libc.so.6",
			links: "/lib64>/usr/lib64 /usr/lib64/ld.so>/lib/x/libc.so.6 /lib>usr/lib", dirs: "/usr /usr/lib64 /usr/lib /usr/lib/x",
		},
		{
			name: "/lib/x/libm.so", real: "/usr/lib/x/libm.so.6",
			links: "/lib>usr/lib /usr/lib/x/libm.so>../../../../../../lib/x/libm.so.6", dirs: "/usr /usr/lib /usr/lib/x",
		},
		{name: "/opt/app/bin/../lib/libq.so", real: "/opt/app/lib/libq.so", dirs: "/opt /opt/app /opt/app/bin /opt/app/lib"},
		{name: "/../../opt/app/bin/prog", real: "/opt/app/bin/prog", dirs: "/opt /opt/app /opt/app/bin"},
		{
			name: "/bin/prog", real: "/opt/app/bin/prog",
			links: "/bin>etc/alternatives /etc/alternatives/prog>/opt/current/bin/prog /opt/current>app",
			dirs:  "/etc /etc/alternatives /opt /opt/app /opt/app/bin",
		},
		{name: "/", real: "/"},
		{name: "/lib/x/", real: "/usr/lib/x", links: "/lib>usr/lib", dirs: "/usr /usr/lib /usr/lib/x"},
		{name: "/lib/x/libc.so.6/", err: syscall.ENOTDIR},
		{name: "/slashed", err: syscall.ENOTDIR},
		{name: "/lib/x/libc.so.6/.", err: syscall.ENOTDIR},
		{name: "/dotted", err: syscall.ENOTDIR},
		{name: "/lib/x/.", real: "/usr/lib/x", links: "/lib>usr/lib", dirs: "/usr /usr/lib /usr/lib/x"},
		{name: "/lib/x/libc.so.6/more", err: syscall.ENOTDIR},
		{name: "/lib/x/libc.so.6/..", err: syscall.ENOTDIR},
		{name: "/nothing", err: syscall.ENOENT},
		{name: "/dangling", err: syscall.ENOENT},
		{name: "/loop", err: syscall.ELOOP},
		{name: "/loop2", err: syscall.ELOOP},
		{name: "/loop3/x", err: syscall.ELOOP},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, err := New(merged()).Walk(tc.name)
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if tc.err != nil {
				return
			}
			var links []string
			for _, l := range n.Links() {
				links = append(links, l.Path+">"+l.Target)
			}
			if got := strings.Join(links, " "); n.Real != tc.real || got != tc.links {
				t.Errorf("got %s by %q, want %s by %q", n.Real, got, tc.real, tc.links)
			}
			if got := strings.Join(n.Dirs(), " "); got != tc.dirs {
				t.Errorf("directories %q, want %q", got, tc.dirs)
			}
		})
	}
}

// The kernel follows 40 links in one walk and gives up at the 41st.
func TestWalkLinkLimit(t *testing.T) {
	files := map[string]string{"l0": "end"}
	for i := range 42 {
		files[fmt.Sprintf("l%d", i+1)] = fmt.Sprintf("-> l%d", i)
	}
	r := New(tree(files))
	if _, err := r.Walk("/l40"); err != nil {
		t.Errorf("40 links: %v", err)
	}
	if _, err := r.Walk("/l41"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("41 links: %v, want ELOOP", err)
	}
}

// A chain of very many symlinks needs little of the stack, and the symlinks near
// its end, which lead to a file, still resolve. A path of very many components is
// refused.
func TestWalkVeryLong(t *testing.T) {
	const length = 5000
	files := map[string]string{"l0": "end"}
	for i := range length {
		files[fmt.Sprintf("l%d", i+1)] = fmt.Sprintf("-> ./l%d", i)
	}
	r := New(tree(files))
	for i := length; i >= 0; i -= 7 {
		var want error
		if i > maxLinks {
			want = syscall.ELOOP
		}
		if _, err := r.Walk(fmt.Sprintf("/l%d", i)); !errors.Is(err, want) {
			t.Errorf("%d links: %v, want %v", i, err, want)
		}
	}
	r = New(tree(files))
	_, _ = r.Walk(fmt.Sprintf("/l%d", length))
	if len(r.nodes) > 2*maxFollowed {
		t.Errorf("one walk remembers %d paths", len(r.nodes))
	}
	for i := range maxLinks + 1 {
		if _, err := r.Walk(fmt.Sprintf("/l%d", i)); err != nil {
			t.Errorf("%d links after a walk that was cut: %v", i, err)
		}
	}
	for _, name := range []string{strings.Repeat("/..", 100_000), strings.Repeat("/a", 100_000)} {
		if _, err := r.Walk(name); !errors.Is(err, syscall.ENAMETOOLONG) {
			t.Errorf("%d components: %v", len(name), err)
		}
	}
}

// TestWalkManyPaths checks that the number of remembered paths is limited, particularly
// of those from the long text of a symlink.
func TestWalkManyPaths(t *testing.T) {
	const links = 40
	files := map[string]string{}
	for i := range links {
		files[fmt.Sprintf("d%d/a/", i)] = ""
		files[fmt.Sprintf("d%d/l", i)] = "-> " + strings.Repeat("a/../", 815) + "a"
	}
	r := New(tree(files))
	for i := range links {
		n, err := r.Walk(fmt.Sprintf("/d%d/l", i))
		if err != nil || n.Real != fmt.Sprintf("/d%d/a", i) {
			t.Fatalf("link %d: %v, %v", i, n, err)
		}
		if len(r.nodes) > 200*links {
			t.Fatalf("%d paths are remembered", len(r.nodes))
		}
	}
	for i := range 2 * maxNodes {
		if _, err := r.Walk(fmt.Sprintf("/none%d", i)); !errors.Is(err, syscall.ENOENT) || len(r.nodes) > maxNodes+2 {
			t.Fatalf("%v, %d paths are remembered", err, len(r.nodes))
		}
	}
}

// On a real directory the results are those of the kernel, also for names that are
// not UTF-8, except for absolute symlinks, which stay inside.
func TestHost(t *testing.T) {
	dir := t.TempDir()
	odd := "caf\xe9 =>\n(x)"
	for _, d := range []string{"a/b", odd} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, odd, "f"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/"+odd+"/f", filepath.Join(dir, "a/b/link")); err != nil {
		t.Fatal(err)
	}
	r := Host(dir)
	n, err := r.Walk("/a/b/../b/link")
	if err != nil {
		t.Fatal(err)
	}
	if want := "/" + odd + "/f"; n.Real != want {
		t.Fatalf("real path %q, want %q", n.Real, want)
	}
	f, err := r.OpenNode(n)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 2)
	if _, err := f.ReadAt(buf, 2); err != nil || string(buf) != "ta" {
		t.Errorf("read %q, %v", buf, err)
	}
	if id, links, ok := FileID(n.Info); !ok || links != 1 || id.Ino == 0 {
		t.Errorf("identity %v, %d links, %v", id, links, ok)
	}
	dirs, err := r.ReadDir("/a/b")
	if err != nil || len(dirs) != 1 || dirs[0].Name() != "link" {
		t.Errorf("entries %v, %v", dirs, err)
	}
}

func TestOpenIrregularFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Host(dir).Open("/pipe"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a pipe: %v, want EINVAL", err)
	}
	if _, err := newHostFS(dir).Open("pipe"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a pipe that took a file's place: %v, want EINVAL", err)
	}
	r := Host(dir)
	top, err := r.Walk("/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.OpenNode(top); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory: %v, want EISDIR", err)
	}
}

func TestLstatAndReadLinkFollowParentsOnly(t *testing.T) {
	r := New(merged())
	if text, err := r.ReadLink("lib/x/libm.so"); err != nil || text != "../../../../../../lib/x/libm.so.6" {
		t.Errorf("link text %q, %v", text, err)
	}
	info, err := r.Lstat("/lib64/ld.so")
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("lstat gives %v, %v; want a symlink", info, err)
	}
	if New(r) != r {
		t.Error("New of a Root is another Root")
	}
	names := []string{}
	err = fs.WalkDir(r, "opt", func(p string, _ fs.DirEntry, err error) error { names = append(names, p); return err })
	if want := 7; err != nil || len(names) != want || !slices.Contains(names, "opt/current") {
		t.Errorf("%v, %v", names, err)
	}
}

// TestComparePaths checks that a directory sorts directly before its contents.
func TestComparePaths(t *testing.T) {
	want := []string{"/", "/a", "/a/b", "/a/b/c", "/a-b", "/a-b/c", "/b"}
	for i, a := range want {
		for j, b := range want {
			if got := ComparePaths(a, b); cmp.Compare(got, 0) != cmp.Compare(i, j) {
				t.Errorf("%s, %s: %d", a, b, got)
			}
		}
	}
}

// TestLocate checks that ".." leads to the parent of what is before it, even if that
// is a symlink.
func TestLocate(t *testing.T) {
	r := New(merged())
	for name, want := range map[string]string{
		"/opt/current":                  "/opt/current",
		"/opt/current/bin/prog":         "/opt/app/bin/prog",
		"/bin/../alternatives/prog":     "/etc/alternatives/prog",
		"/lib/x/../x/libm.so":           "/usr/lib/x/libm.so",
		"/opt/current/bin/../../app/..": "/opt",
		"/../lib":                       "/lib",
	} {
		if got, err := r.Locate(name); err != nil || got != want {
			t.Errorf("%s is at %q, %v, not %q", name, got, err, want)
		}
	}
}
