package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestCopy(t *testing.T) {
	src := files(map[string]string{
		"app/":        "0750:",
		"app/bin/run": "02711:run",
		"app/bin/":    "01775:",
		"app/current": "-> bin/run",
		"app/gone":    "-> ../elsewhere",
		"app/abs":     "-> /app/bin",
		"app/empty/":  "",
		"link":        "-> app",
		"latest":      "-> link/bin/run",
		"srv":         "-> mnt",
		"mnt/data/":   "", "mnt/data/a b=c,d": "0600:odd",
	})
	app := func(top string) map[string]string {
		return map[string]string{
			top: "dir 0750", top + "/bin": "dir 1775", top + "/bin/run": "file 2711 run", top + "/current": "symlink bin/run",
			top + "/gone": "symlink ../elsewhere", top + "/abs": "symlink /app/bin", top + "/empty": "dir 0755",
		}
	}
	with := func(m map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	for _, tc := range []struct {
		name, dst string
		options   CopyOptions
		want      map[string]string
		files     string
	}{
		{name: "/app", dst: "/opt/x", files: "/opt/x/bin/run", want: with(app("/opt/x"), "/opt", "dir 0755")},
		{name: "/app/", dst: "/opt/x/", files: "/opt/x/bin/run", want: with(app("/opt/x"), "/opt", "dir 0755")},
		{name: "/link", dst: "/y", files: "/y/bin/run", want: app("/y")},
		{name: "/app", files: "/app/bin/run", want: app("/app")},
		{name: "/link", files: "/app/bin/run", want: with(app("/app"), "/link", "symlink app")},
		{name: "/latest", files: "/app/bin/run", want: map[string]string{
			"/latest": "symlink link/bin/run", "/link": "symlink app", "/app": "dir 0755", "/app/bin": "dir 0755", "/app/bin/run": "file 2711 run",
		}},
		{name: "/latest", dst: "/usr/bin/run", files: "/usr/bin/run", want: map[string]string{
			"/usr": "dir 0755", "/usr/bin": "dir 0755", "/usr/bin/run": "file 2711 run",
		}},
		{name: "/latest", dst: "/b/", files: "/b/latest", want: map[string]string{"/b": "dir 0755", "/b/latest": "file 2711 run"}},
		{name: "/latest", dst: "/", files: "/latest", want: map[string]string{"/latest": "file 2711 run"}},
		{name: "/srv/data/a b=c,d", files: "/mnt/data/a b=c,d", want: map[string]string{
			"/srv": "symlink mnt", "/mnt": "dir 0755", "/mnt/data": "dir 0755", "/mnt/data/a b=c,d": "file 0600 odd",
		}},
		{name: "/app/empty", dst: "/data", want: map[string]string{"/data": "dir 0755"}},
		{name: "/mnt", dst: "/", files: "/data/a b=c,d", want: map[string]string{"/data": "dir 0755", "/data/a b=c,d": "file 0600 odd"}},
		{name: "/app/bin", dst: "/o", options: CopyOptions{UID: ptr(5), GID: ptr(6), Mode: ptr(ModeOf(0o1500))}, files: "/o/run", want: map[string]string{
			"/o": "dir 1500 5:6", "/o/run": "file 1500 run 5:6",
		}},
	} {
		t.Run(tc.name+" to "+tc.dst, func(t *testing.T) {
			var tree Tree
			copied, err := tree.Copy(t.Context(), src, tc.name, to(tc.dst, tc.options))
			must(t, err, tree.Check())
			want(t, &tree, tc.want)
			var names []string
			for _, c := range copied {
				names = append(names, c.Path)
			}
			if got := strings.Join(names, " "); got != tc.files {
				t.Errorf("copied %q, want %q", got, tc.files)
			}
		})
	}
}

func TestCopyRefuses(t *testing.T) {
	src := files(map[string]string{"a": "x", "dir/b": "y"})
	for _, tc := range []struct{ name, dst, want string }{
		{"/nothing", "/x", "file does not exist"},
		{"/a", "x", "not an absolute path"},
		{"/a", "/x/../y", `".." has no place`},
		{"/dir/..", "/x/", ""},
	} {
		var tree Tree
		_, err := tree.Copy(t.Context(), src, tc.name, CopyOptions{Dest: tc.dst})
		if tc.want == "" {
			must(t, err)
		} else if err == nil || !strings.Contains(err.Error(), tc.want) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s to %s: %v", tc.name, tc.dst, err)
		}
	}
}

func TestCopyNamesEverySpecialFile(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "d"), 0o755), os.WriteFile(filepath.Join(dir, "f"), nil, 0o644))
	must(t, syscall.Mkfifo(filepath.Join(dir, "d/pipe"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	must(t, err)
	defer l.Close()
	var tree Tree
	_, err = tree.Copy(t.Context(), sysroot.Host(dir), "/", CopyOptions{Dest: "/data"})
	var special *SpecialFileError
	if !errors.As(err, &special) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"/d/pipe: a named pipe", "/sock: a socket"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	want(t, &tree, map[string]string{})
	if err := tree.AddFrom(
		sysroot.Host(dir),
		"/d/pipe",
		CopyOptions{},
	); !errors.As(err, &special) ||
		special.Path != "/d/pipe" {
		t.Errorf("AddFrom: %v", err)
	}
}

func TestDangling(t *testing.T) {
	src := files(map[string]string{
		"app/there": "-> ../lib/libx.so", "app/nowhere": "-> /no", "app/in": "-> there", "app/log": "-> /dev/stdout", "app/mtab": "-> ../proc/self/mounts",
		"lib/libx.so": "x", "app/self": "-> self", "app/f": "f",
	})
	var tree Tree
	_, err := tree.Copy(t.Context(), src, "/app", CopyOptions{})
	must(t, err, tree.Check())
	want := []Dangling{
		{
			"/app/in",
			"there",
			true,
		}, {"/app/nowhere", "/no", false}, {"/app/self", "self", false}, {"/app/there", "../lib/libx.so", true},
	}
	if got := tree.Dangling(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Such a symlink is an error if it is required, or claimed by itself.
	tree.Require("/app/in", false, "a library of /app/f")
	must(t, tree.Add(link("/app/nowhere", "/no", "L")))
	err = tree.Check()
	for _, want := range []string{
		"/app/in: not in the image (symlinks lead to /lib/libx.so), but required as a library of /app/f",
		"/app/nowhere: a symlink to /no, which is not in the image (claimed by L)",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	must(t, tree.AddFrom(src, "/lib/libx.so", CopyOptions{}))
	if err := tree.Check(); err == nil || strings.Contains(err.Error(), "libx") {
		t.Errorf("with the library there: %v", err)
	}
}

// xattrs is a file system some of whose files have capabilities.
type xattrs struct {
	fstest.MapFS
	caps map[string]string
}

func (x xattrs) Getxattr(name, attr string) ([]byte, error) {
	if attr != capability {
		return nil, nil
	}
	return []byte(x.caps[name]), nil
}

func TestCapabilities(t *testing.T) {
	src := xattrs{
		files(map[string]string{"bin/ping": "0755:ping", "bin/ls": "0755:ls"}),
		map[string]string{"bin/ping": "\x01\x00\x00\x02\x00 \x00\x00"},
	}
	var tree Tree
	must(
		t,
		tree.AddFrom(src, "/bin/ping", CopyOptions{}),
		tree.AddFrom(src, "/bin/ls", CopyOptions{}),
		tree.AddFrom(src, "/bin/ping", CopyOptions{Dest: "/opt/ping"}),
	)
	_, err := tree.Copy(t.Context(), src, "/bin", CopyOptions{Dest: "/copy"})
	must(t, err)
	data, _ := layer(t, &tree, Options{Compression: Uncompressed})
	hs, _ := untar(t, data)
	got := map[string]string{}
	for _, h := range hs {
		if v, ok := h.PAXRecords["SCHILY.xattr.security.capability"]; ok {
			got[h.Name] = v
		}
	}
	for _, name := range []string{"bin/ping", "copy/ping", "opt/ping"} {
		if got[name] != src.caps["bin/ping"] {
			t.Errorf("%s: %q", name, got[name])
		}
	}
	if len(got) != 3 {
		t.Errorf("capabilities of %q", got)
	}
	if v, err := sysroot.New(
		tree.FS(),
	).Xattr(
		"/opt/ping",
		capability,
	); err != nil ||
		string(v) != src.caps["bin/ping"] {
		t.Errorf("in the tree's file system: %q, %v", v, err)
	}
}

// A mode or owner in the options overrides that of another claim of the same file,
// and drops its capabilities.
func TestCopyOverrides(t *testing.T) {
	src := sysroot.New(xattrs{
		files(map[string]string{"bin/su": "04755:su", "bin/ping": "0755:ping", "bin/ping6": "0755:ping"}),
		map[string]string{"bin/ping": "cap", "bin/ping6": "cap"},
	})
	mode := CopyOptions{Mode: ptr(ModeOf(0o755))}
	for _, swap := range []bool{false, true} {
		var tree Tree
		steps := []func() error{
			func() error {
				return errors.Join(
					tree.AddFrom(src, "/bin/su", CopyOptions{}),
					tree.AddFrom(src, "/bin/ping", CopyOptions{}),
					tree.AddFrom(src, "/bin/ping6", CopyOptions{}),
				)
			},
			func() error { _, err := tree.Copy(t.Context(), src, "/bin/su", mode); return err },
			func() error { _, err := tree.Copy(t.Context(), src, "/bin/ping", to("/bin/", mode)); return err },
		}
		if swap {
			slices.Reverse(steps)
		}
		for _, step := range steps {
			must(t, step())
		}
		must(t, tree.Check())
		want(
			t,
			&tree,
			map[string]string{
				"/bin":       "dir 0755",
				"/bin/su":    "file 0755 su",
				"/bin/ping":  "file 0755 ping",
				"/bin/ping6": "file 0755 ping",
			},
		)
		for _, e := range tree.Entries() {
			if has := len(e.Xattrs) > 0; has != (e.Path == "/bin/ping6") {
				t.Errorf("%s: attributes %q", e.Path, e.Xattrs)
			}
		}
	}
	var tree Tree
	must(t, tree.AddFrom(src, "/bin/su", CopyOptions{Dest: "/opt/su"}))
	_, err := tree.Copy(t.Context(), src, "/bin/su", to("/opt/", mode))
	must(t, err, tree.Check())
	want(t, &tree, map[string]string{"/opt": "dir 0755", "/opt/su": "file 0755 su"})
	// Two different modes in options, or two files, still contradict each other.
	if _, err := tree.Copy(t.Context(), src, "/bin/su", CopyOptions{Dest: "/opt/", UID: ptr(7)}); err == nil {
		t.Error("two modes for one file")
	}
	if _, err := tree.Copy(t.Context(), src, "/bin/ping", CopyOptions{Dest: "/opt/su"}); err == nil {
		t.Error("two files at one place")
	}
}

// Names of one file with and without capabilities are two files in the image.
func TestCapabilitiesOfHardLinks(t *testing.T) {
	dir := t.TempDir()
	must(
		t,
		os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o755),
		os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")),
	)
	host := sysroot.Host(dir)
	var tree Tree
	must(t, tree.AddFrom(host, "/a", CopyOptions{}), tree.AddFrom(host, "/b", CopyOptions{}))
	for _, c := range tree.claims {
		if c.Path == "/b" {
			c.Xattrs = map[string]string{capability: "cap"}
		}
	}
	for _, e := range tree.Entries() {
		if e.Hardlink != "" {
			t.Errorf("%s is linked to %s", e.Path, e.Hardlink)
		}
	}
}

// The errors of a tree in which every file is an error are limited, and a context
// that has ended ends the walk.
func TestCopyLimits(t *testing.T) {
	src := fstest.MapFS{}
	for i := range 4 * maxErrors {
		src[fmt.Sprintf("run/s%d", i)] = &fstest.MapFile{Mode: fs.ModeSocket | 0o700}
	}
	deep := "deep"
	for len(deep) < 2*maxPath {
		deep += "/" + strings.Repeat("d", 200)
	}
	src[deep] = &fstest.MapFile{Mode: 0o600}
	var tree Tree
	_, err := tree.Copy(t.Context(), src, "/run", CopyOptions{Dest: "/run"})
	if lines := strings.Count(
		fmt.Sprint(err),
		"\n",
	) + 1; lines != maxErrors+1 ||
		!strings.Contains(err.Error(), "there may be more") {
		t.Errorf("%d lines: %v", lines, err)
	}
	_, err = tree.Copy(t.Context(), src, "/deep", CopyOptions{Dest: "/deep"})
	if !errors.Is(err, errLongPath) || strings.Contains(err.Error(), "\n") {
		t.Errorf("too deep: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if copied, err := tree.Copy(
		ended,
		fstest.MapFS{"x/y": {}},
		"/x",
		CopyOptions{Dest: "/x"},
	); !errors.Is(err, context.Canceled) ||
		copied != nil {
		t.Errorf("ended: %v, %v", copied, err)
	}
	if len(tree.claims) != 0 {
		t.Errorf("%d claims", len(tree.claims))
	}
}
