package crosscheck

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// native returns the machine that the tests run on, which must have 64 bits and be
// little-endian.
func native(t *testing.T) elf.Machine {
	t.Helper()
	exe, err := elf.Open("/proc/self/exe")
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	defer exe.Close()
	if exe.Class != elf.ELFCLASS64 || exe.Data != elf.ELFDATA2LSB {
		testenv.Skip(t, "it needs a 64-bit little-endian machine")
	}
	return exe.Machine
}

func TestRefuse(t *testing.T) {
	machine := native(t)
	for _, c := range []struct {
		name            string
		file            elftest.File
		mode            os.FileMode
		loaderMode      os.FileMode
		dirMode         os.FileMode
		uid, loaderUID  int
		force, forcible bool
		want            string
	}{
		{name: "one's own"},
		{name: "another architecture", file: elftest.File{Machine: elf.EM_VAX}, want: "another architecture", force: true},
		{name: "the 32-bit machine of this one", file: elftest.File{Machine: cmp.Or(compat32[machine], machine)}},
		{name: "another byte order", file: elftest.File{Data: elf.ELFDATA2MSB}, want: "another architecture"},
		{name: "set-id", mode: os.ModeSetuid | 0o755, want: "set-id bits or capabilities", force: true},
		{name: "somebody's", uid: 4711, want: "belongs to user 4711", forcible: true},
		{name: "somebody's, forced", uid: 4711, force: true},
		{name: "somebody's loader", loaderUID: 4711, want: "/ld.so belongs to user 4711", forcible: true},
		{name: "somebody's loader, forced", loaderUID: 4711, force: true},
		{name: "the group's", mode: 0o775, want: "/t is writable by others (mode 0775)", forcible: true},
		{name: "the group's, forced", mode: 0o775, force: true},
		{name: "everybody's", mode: 0o757, want: " is writable by others ", forcible: true},
		{name: "everybody's loader", loaderMode: 0o777, want: "/ld.so is writable by others (mode 0777)", forcible: true},
		{name: "in the group's directory", dirMode: 0o775, want: "/d is writable by others (mode 0775)", forcible: true},
		{name: "in everybody's directory", dirMode: 0o777, want: "/d is writable by others (mode 0777)", forcible: true},
		{name: "in everybody's sticky directory", dirMode: os.ModeSticky | 0o777},
	} {
		t.Run(c.name, func(t *testing.T) {
			if (c.uid != 0 || c.loaderUID != 0) && os.Geteuid() != 0 {
				testenv.Skip(t, "only root can give files away")
			}
			dir := filepath.Join(ownDir(t), "d")
			program, loader := filepath.Join(dir, "t"), filepath.Join(dir, "ld.so")
			c.file.Machine = cmp.Or(c.file.Machine, machine)
			must(t, os.Mkdir(dir, 0o755), os.WriteFile(program, c.file.Bytes(), 0o755), os.WriteFile(loader, nil, 0o755)) //nolint:gosec // programs are executable
			must(t, os.Lchown(program, cmp.Or(c.uid, -1), -1), os.Lchown(loader, cmp.Or(c.loaderUID, -1), -1))
			must(t, os.Chmod(program, cmp.Or(c.mode, 0o755)), os.Chmod(loader, cmp.Or(c.loaderMode, 0o755)), os.Chmod(dir, cmp.Or(c.dirMode, 0o755)))
			err := question{Program: program, Interp: loader, Force: c.force}.refuse()
			var refused *refusedError
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%v", err)
			case c.want != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || refused.Forcible != c.forcible):
				t.Errorf("%+v, want %q", err, c.want)
			}
		})
	}
}

// ownDir returns a directory that only root and the caller can replace.
func ownDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	if why, err := exposure(sysroot.Host("/"), dir); err != nil || why != "" {
		testenv.Skip(t, "the temporary directory: %s, %v", why, err)
	}
	return dir
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestExposure checks that all directories and symlinks on the way to a file count.
func TestExposure(t *testing.T) {
	dir := ownDir(t)
	for _, d := range []string{"safe", "open", "sticky"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755), os.WriteFile(filepath.Join(dir, d, "f"), nil, 0o755)) //nolint:gosec // programs are executable
		must(t, os.Symlink("../safe/f", filepath.Join(dir, d, "link")))
	}
	must(t, os.Symlink("open/link", filepath.Join(dir, "far")))
	must(t, os.Chmod(filepath.Join(dir, "open"), 0o777), os.Chmod(filepath.Join(dir, "sticky"), os.ModeSticky|0o777))
	open := dir + "/open is writable by others (mode 0777)"
	for name, want := range map[string]string{
		"safe/f": "", "safe/link": "", "sticky/f": "", "sticky/link": "", "open/f": open, "open/link": open, "far": open,
	} {
		if why, err := exposure(sysroot.Host("/"), filepath.Join(dir, name)); why != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, why, err, want)
		}
	}
}

// TestExposureStickyDirectory follows a symlink of another user in a sticky directory.
func TestExposureStickyDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		testenv.Skip(t, "only root can give files away")
	}
	dir := ownDir(t)
	theirs := filepath.Join(dir, "theirs")
	must(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o755), os.Chmod(dir, os.ModeSticky|0o777)) //nolint:gosec // programs are executable
	must(t, os.Symlink("f", theirs), os.Lchown(theirs, 4711, -1))
	if why, err := exposure(sysroot.Host("/"), theirs); why != theirs+" belongs to user 4711" || err != nil {
		t.Errorf("%q, %v", why, err)
	}
}

// TestAskFails checks the errors for a program whose section headers name no loader, and
// for a context that has ended.
func TestAskFails(t *testing.T) {
	machine := native(t)
	program := filepath.Join(t.TempDir(), "t")
	file := elftest.File{Machine: machine, Interp: "/nowhere/ld.so", Needed: []string{"liba.so"}}
	if err := os.WriteFile(program, file.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := question{Program: program, Interp: "/nowhere/ld.so", Force: true}.ask(context.Background())
	var refused *refusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "section headers") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (question{Program: program, Force: true}).ask(ctx); err == nil {
		t.Error("asked after the end")
	}
}

func TestAsk(t *testing.T) {
	const program = "/bin/sh"
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	f, err := elf.Open(real)
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	defer f.Close()
	interp := ""
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(b, 0); err != nil {
				t.Fatal(err)
			}
			interp = string(b)
		}
	}
	if interp == "" {
		testenv.Skip(t, "the shell is static")
	}
	t.Setenv("LD_LIBRARY_PATH", "/kept")
	paths, err := question{Program: real, Interp: interp, LibraryPath: "/nowhere", Force: true}.ask(context.Background())
	if err != nil || len(paths) == 0 || !filepath.IsAbs(paths[0]) {
		t.Errorf("%q, %v", paths, err)
	}
	if got := os.Getenv("LD_LIBRARY_PATH"); got != "/kept" {
		t.Errorf("LD_LIBRARY_PATH is %q afterwards", got)
	}
}
