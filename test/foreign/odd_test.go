//go:build linux

package foreign

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// TestOddNames prints names of arbitrary bytes in every format. The JSON format can be
// converted back to the same bytes.
func TestOddNames(t *testing.T) {
	testenv.SkipSlow(t)
	for _, name := range []string{
		"lib a b.so", "lib\na.so", "lib => x (0x1).so", "lib\t.so", "lib\x01\x1b[31m.so", "lib\xff\xfe.so", "lib\xed\xb3\xbf.so", "lib\\udcff.so",
		"lib\".so", "lib\u2028\ufffd.so", "lib$a.so", "lib:a.so", "lib%s%n.so", "-lib.so", "lib;'`.so", "lib\r.so", "...so", strings.Repeat("n", 255),
	} {
		t.Run(fmt.Sprintf("%.20q", name), func(t *testing.T) {
			top := system(t)
			prog := "/opt/p" + name
			if len(prog) > 250 {
				prog = "/opt/" + name
			}
			harness.Write(t, top+prog, program(name, name+"?").Bytes(), 0o755)
			harness.Write(t, top+"/lib/"+name, elftest.File{Soname: name}.Bytes(), 0o644)
			harness.Link(t, name, top+"/usr/lib/l")
			c, stderr := print(t, command(top, "/", prog))
			got := c.answer()
			if want := [][2]string{{name, "/lib/" + name}}; !slices.Equal(got.loaded, want) || !slices.Equal(got.missing, []string{name + "?"}) {
				t.Errorf("got %q missing %q, want %q\n%s", got.loaded, got.missing, want, stderr)
			}
			if !slices.ContainsFunc(c.Files, func(f string) bool { return unmark(f) == "/lib/"+name }) {
				t.Errorf("%q is not among the files %q", name, c.Files)
			}
			if n := strings.Count(stderr, "\n"); n > 3 || strings.ContainsAny(stderr, "\x1b\x01\r") {
				t.Errorf("%d lines of messages: %q", n, stderr)
			}
			for _, form := range []string{"tree", "ldd", "list"} {
				if o := hostile(t, top, "--sysroot", top, "--print", form, prog); !strings.Contains(o.out, name) && plain(name) {
					t.Errorf("--print %s: %q", form, o.out)
				}
			}
			if o := hostile(t, top, "--sysroot", top, "--why="+name, prog); o.out == "" {
				t.Errorf("--why %q says nothing", name)
			}
		})
	}
}

// plain reports whether a name can be shown as it is.
func plain(name string) bool {
	isOdd := func(r rune) bool { return !strconv.IsPrint(r) }
	return utf8.ValidString(name) && !strings.ContainsFunc(name, isOdd)
}

// TestOddFiles has cyclic links, links out of the tree, pipes and devices among the
// candidates. The command does not block and follows nothing out of the tree.
func TestOddFiles(t *testing.T) {
	testenv.SkipSlow(t)
	fifo := func(t *testing.T, name string) {
		if err := syscall.Mkfifo(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		make func(t *testing.T, top string)
		want string
	}{
		"a pipe as a library":        {func(t *testing.T, top string) { fifo(t, top+"/lib/libx.so") }, "/lib/libx.so"},
		"a pipe as the interpreter":  {func(t *testing.T, top string) { rename(t, top); fifo(t, top+"/lib64/ld-linux-x86-64.so.2") }, "/lib64/ld-linux-x86-64.so.2"},
		"a pipe as the cache":        {func(t *testing.T, top string) { harness.Mkdir(t, top+"/etc"); fifo(t, top+"/etc/ld.so.cache") }, "libx.so"},
		"a pipe as the preload file": {func(t *testing.T, top string) { harness.Mkdir(t, top+"/etc"); fifo(t, top+"/etc/ld.so.preload") }, "libx.so"},
		"a pipe as the program":      {func(t *testing.T, top string) { remove(t, top+"/bin/prog"); fifo(t, top+"/bin/prog") }, "/bin/prog"},
		"a directory as a library":   {func(t *testing.T, top string) { harness.Mkdir(t, top+"/lib/libx.so") }, "/lib/libx.so"},
		"a link to itself":           {func(t *testing.T, top string) { harness.Link(t, "libx.so", top+"/lib/libx.so") }, "libx.so"},
		"two links in a circle": {func(t *testing.T, top string) {
			harness.Link(t, "/usr/lib/libx.so", top+"/lib/libx.so")
			harness.Link(t, "../../lib/libx.so", top+"/usr/lib/libx.so")
		}, "libx.so"},
		"a chain of 20000 links": {func(t *testing.T, top string) {
			for i := range 20000 {
				harness.Link(t, fmt.Sprint("l", i+1), top+fmt.Sprint("/lib/l", i))
			}
			harness.Link(t, "l0", top+"/lib/libx.so")
		}, "libx.so"},
		"links that double": {func(t *testing.T, top string) {
			for i := range 60 {
				harness.Link(t, fmt.Sprintf("m%d/../m%d", i+1, i+1), top+fmt.Sprint("/lib/m", i))
			}
			harness.Mkdir(t, top+"/lib/m60")
			harness.Link(t, "m0/x", top+"/lib/libx.so")
		}, "libx.so"},
		"a link out of the tree": {func(t *testing.T, top string) {
			harness.Link(t, "../../../../../../../../lib/x86_64-linux-gnu/libc.so.6", top+"/lib/libx.so")
		}, "libx.so"},
		"a link into /proc":       {func(t *testing.T, top string) { harness.Link(t, "/proc/self/root/etc/passwd", top+"/lib/libx.so") }, "libx.so"},
		"a directory in a circle": {func(t *testing.T, top string) { remove(t, top+"/usr/lib"); harness.Link(t, "/usr/lib", top+"/usr/lib") }, "libx.so"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			top := system(t)
			harness.Write(t, top+"/bin/prog", program("libx.so").Bytes(), 0o755)
			c.make(t, top)
			for _, form := range []string{"json", "tree", "ldd", "list"} {
				o := hostile(t, top, "--sysroot", top, "--print", form, "/bin/prog")
				if o.code != 1 || !strings.Contains(o.stderr, c.want) {
					t.Errorf("--print %s: status %d, %s", form, o.code, o.stderr)
				}
			}
		})
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// rename removes the interpreter.
func rename(t *testing.T, top string) {
	t.Helper()
	remove(t, filepath.Join(top, "lib64/ld-linux-x86-64.so.2"))
}

// TestUnreadable checks the messages for directories that the user may not read.
func TestUnreadable(t *testing.T) {
	testenv.SkipSlow(t)
	top := system(t)
	harness.Write(t, top+"/bin/prog", program("libx.so", "liby.so").Bytes(), 0o755)
	harness.Write(t, top+"/lib/libx.so", elftest.File{}.Bytes(), 0o600)
	harness.Write(t, top+"/usr/lib/libx.so", elftest.File{}.Bytes(), 0o644)
	f := program("libx.so")
	f.Rpath = "/secret:/lib"
	harness.Write(t, top+"/bin/other", f.Bytes(), 0o755)
	harness.Write(t, top+"/secret/libx.so", elftest.File{}.Bytes(), 0o644)
	harness.Write(t, top+"/bin/closed", program().Bytes(), 0o700)
	for dir := top; dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil && dir != "/tmp" {
			t.Fatal(err)
		}
		if filepath.Dir(dir) == "/tmp" {
			break
		}
	}
	if err := os.Chmod(top+"/secret", 0o700); err != nil {
		t.Fatal(err)
	}
	here := top + "/mkrootfs"
	b, err := os.ReadFile(tool)
	if err != nil {
		t.Fatal(err)
	}
	harness.Write(t, here, b, 0o755)
	as := func(args ...string) *exec.Cmd {
		cmd := exec.Command(here, append([]string{"--sysroot", top, "--print", "json"}, args...)...)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		cmd.Env = []string{"PATH=/nowhere"}
		return cmd
	}
	c, stderr := print(t, as("/bin/prog"))
	if got := c.answer(); len(got.loaded) != 1 || got.loaded[0][1] != "/usr/lib/libx.so" || !slices.Equal(got.missing, []string{"liby.so"}) {
		t.Errorf("got %q missing %q: %s", got.loaded, got.missing, stderr)
	}
	c, stderr = print(t, as("/bin/other"))
	// /lib/libx.so may be the one that is meant; /secret is no place for this user's loader.
	if got := c.answer(); len(got.loaded) != 1 || got.loaded[0][1] != "/usr/lib/libx.so" || got.fatal != "/lib/libx.so: permission denied\n" {
		t.Errorf("got %q, %q: %s", got.loaded, got.fatal, stderr)
	}
	if _, stderr = print(t, as("/bin/closed")); !strings.Contains(stderr, "/bin/closed") || !strings.Contains(stderr, "permission denied") {
		t.Errorf("a program that cannot be read: %q", stderr)
	}
}
