package ldcache

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// ldconfig, given the same libraries, writes the same bytes.
func TestCacheAsLdconfig(t *testing.T) {
	ldconfig := testenv.Tool(t, "ldconfig")
	if os.Getuid() != 0 {
		testenv.Skip(t, "ldconfig -r needs root")
	}
	for _, c := range []struct{ name, dirs, libs, words string }{
		{
			"plain", "/opt/x /opt/y",
			"/opt/x/liba.so.1 /opt/x/liba.so.10 /opt/x/libbb.so.2 /opt/y/libb.so.2 /opt/y/lib-c++.so",
			"",
		},
		{
			"variants", "/opt/x",
			"/opt/x/liba.so.1 /opt/x/glibc-hwcaps/x86-64-v3/liba.so.1 /opt/x/glibc-hwcaps/x86-64-v2/liba.so.1 /opt/x/glibc-hwcaps/x86-64-v2/libz.so",
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			put(t, root+"/etc/ld.so.conf", []byte(strings.ReplaceAll(c.dirs, " ", "\n")+"\n"))
			var entries []Entry
			for p := range strings.FieldsSeq(c.libs) {
				put(t, root+p, elftest.File{Soname: filepath.Base(p), Needed: []string{"libc.so.6"}}.Bytes())
				e := Entry{Name: filepath.Base(p), Path: p, Flags: 0x303}
				if _, rest, ok := strings.Cut(p, "/glibc-hwcaps/"); ok {
					e.Level, _, _ = strings.Cut(rest, "/")
				}
				entries = append(entries, e)
			}
			if out, err := exec.Command(ldconfig, "-c", "new", "-r", root).CombinedOutput(); err != nil {
				testenv.Skip(t, "%v: %s", err, out)
			}
			want, err := os.ReadFile(root + "/etc/ld.so.cache")
			if err != nil {
				t.Fatal(err)
			}
			_, generator, _ := bytes.Cut(want, []byte("ldconfig "))
			w := writer{order: binary.LittleEndian, mark: 2, signed: true}
			if got := w.marshal(entries, "ldconfig "+string(generator)); !bytes.Equal(got, want) {
				t.Errorf("ours\n%q\nldconfig's\n%q", got, want)
			}

			ours := filepath.Join(root, "ours")
			put(t, ours, Marshal(entries, elf.EM_X86_64, elf.ELFDATA2LSB))
			out, err := exec.Command(ldconfig, "-p", "-C", ours).CombinedOutput()
			if err != nil || strings.Count(string(out), " => ") != len(entries) {
				t.Errorf("ldconfig -p: %v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// The real loader finds libraries that lie only where our cache says, and of
// two variants the one for this processor.
func TestCacheInRealLoader(t *testing.T) {
	cc := testenv.Tool(t, "gcc")
	const loader = "/lib64/ld-linux-x86-64.so.2"
	if _, err := os.Stat(loader); err != nil || os.Getuid() != 0 {
		testenv.Skip(t, "it needs root and an x86-64 system with glibc")
	}
	root := t.TempDir()
	build := func(name, source string, args ...string) {
		t.Helper()
		put(t, root+"/src.c", []byte(source))
		put(t, root+name, nil)
		args = append(args, "-o", root+name, root+"/src.c")
		if strings.HasSuffix(name, "prog") {
			args = append(args, root+"/opt/x/libwhich.so.1")
		}
		if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	lib := func(path, says string) {
		t.Helper()
		build(path, `const char *which(void) { return "`+says+`"; }`, "-shared", "-fPIC", "-Wl,-soname,libwhich.so.1")
	}
	lib("/opt/x/libwhich.so.1", "base")
	lib("/opt/x/glibc-hwcaps/x86-64-v2/libwhich.so.1", "v2")
	build("/prog", `#include <stdio.h>
		const char *which(void); int main(void) { puts(which()); return 0; }`)
	for _, p := range []string{loader, "/lib/x86_64-linux-gnu/libc.so.6"} {
		data, err := os.ReadFile(p)
		if err != nil {
			testenv.Skip(t, "%v", err)
		}
		put(t, root+p, data)
	}
	run := func(args ...string) string {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env, cmd.Dir = []string{}, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		out, err := cmd.CombinedOutput()
		if err != nil {
			return err.Error() + ": " + string(out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := run("/prog"); !strings.Contains(got, "libwhich.so.1: cannot open shared object file") {
		testenv.Skip(t, "without a cache: %s", got)
	}
	base := Entry{Name: "libwhich.so.1", Path: "/opt/x/libwhich.so.1", Flags: 0x303}
	v2 := Entry{base.Name, "/opt/x/glibc-hwcaps/x86-64-v2/libwhich.so.1", 0x303, "x86-64-v2"}
	others := entriesOf(0x303, "liba.so=/a libz.so.9=/z libwhich.so.10=/no libwhich.so=/no")
	for _, c := range []struct {
		name, want string
		args       []string
		entries    []Entry
	}{
		{"base alone", "base", []string{"/prog"}, []Entry{base}},
		{"among others", "base", []string{"/prog"}, append(others, base)},
		{"a variant beside it", "v2", []string{"/prog"}, append(others, base, v2)},
		{"a processor without it", "base", []string{loader, "--glibc-hwcaps-mask", "none", "/prog"}, append(others, base, v2)},
	} {
		put(t, root+"/etc/ld.so.cache", Marshal(c.entries, elf.EM_X86_64, elf.ELFDATA2LSB))
		if got := run(c.args...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
