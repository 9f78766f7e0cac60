package source

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

func TestFind(t *testing.T) {
	top := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"usr/bin/tool": 0o755, "opt/app/bin/app": 0o755, "home/me/made": 0o755, "usr/bin/note": 0o644, "srv/venv/bin/py": 0o755, "srv/venv/pyvenv.cfg": 0o644, "usr/bin/a:b": 0o755,
	} {
		at := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/bin", filepath.Join(top, "bin")); err != nil {
		t.Fatal(err)
	}
	s, err := Open(top, Environment{Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		arg  string
		want Program
	}{
		{"tool", Program{Arg: "tool", Src: "/usr/bin/tool", Dest: "/usr/bin/tool"}},
		{"/bin/tool", Program{Arg: "/bin/tool", Src: "/bin/tool", Dest: "/bin/tool"}},
		{"//opt/app//bin/./app", Program{Arg: "//opt/app//bin/./app", Src: "/opt/app/bin/app", Dest: "/opt/app/bin/app"}},
		{"/opt/../bin/tool", Program{Arg: "/opt/../bin/tool", Src: "/usr/bin/tool", Dest: "/usr/bin/tool"}},
		{"home/me/made", Program{Arg: "home/me/made", Src: "/home/me/made", Dest: "/usr/local/bin/made", ByRule: true}},
		{"tool:/app", Program{Arg: "tool", Src: "/usr/bin/tool", Dest: "/app"}},
		{"tool:/srv/", Program{Arg: "tool", Src: "/usr/bin/tool", Dest: "/srv/tool"}},
		{"/srv/venv/bin/py", Program{Arg: "/srv/venv/bin/py", Src: "/srv/venv/bin/py", Dest: "/srv/venv/bin/py"}},
		{"a:b", Program{Arg: "a:b", Src: "/usr/bin/a:b", Dest: "/usr/bin/a:b"}},
	} {
		if got, err := s.Find(tc.arg); err != nil || got != tc.want {
			t.Errorf("%s: %+v, %v; want %+v", tc.arg, got, err, tc.want)
		}
	}
	for arg, want := range map[string]string{
		"note":  "/usr/bin/note: not executable",
		"none":  "none: no such program in /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin",
		"/none": "/none: no such file in the sysroot",
		"":      "the program name is empty",
	} {
		if _, err := s.Find(arg); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", arg, err, want)
		}
	}
}

// TestFindFails checks that a directory of PATH that cannot be read is an error, since
// it may contain the program.
func TestFindFails(t *testing.T) {
	files := fstest.MapFS{"usr/sbin/x": {Mode: 0o755}, "usr/bin/tool": {Mode: 0o755}}
	s := &Source{Root: sysroot.New(testfs.FS{MapFS: files, Fail: map[string]error{"lstat usr/sbin/tool": syscall.EIO}}), Dir: "/", path: UsualPath}
	if found, err := s.Find("tool"); !errors.Is(err, syscall.EIO) {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestIsPathFile(t *testing.T) {
	for name, want := range map[string]bool{
		"/etc/ld-musl-x86_64.path": true,
		"/etc/ld-musl-.path/x":     false,
		"/lib/ld-musl-x86_64.so.1": false,
		"/etc/ld.so.preload":       false,
	} {
		if IsPathFile(name) != want {
			t.Errorf("%s: not %v", name, want)
		}
	}
}

// TestScriptPath puts the directories first that the image's PATH has, too.
func TestScriptPath(t *testing.T) {
	for _, tc := range []struct{ caller, image, want string }{
		{"/home/me/bin:/usr/bin:/opt/x:/bin", "", "/usr/bin:/bin:/home/me/bin:/opt/x"},
		{"/home/me/bin:/usr/bin:/opt/x", "/opt/x:/bin", "/opt/x:/bin:/opt/x:/home/me/bin:/usr/bin"},
		{"", "", ""},
	} {
		s, err := Open("", Environment{Dir: "/", Path: tc.caller})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Resolver("", tc.image).Path; got != tc.want {
			t.Errorf("%s, %s: %s, want %s", tc.caller, tc.image, got, tc.want)
		}
	}
}
