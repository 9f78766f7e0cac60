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
	"github.com/mkrootfs/mkrootfs/internal/lack"
)

// native is the machine that the tests run on; they are written for two.
func native(t *testing.T) elf.Machine {
	t.Helper()
	exe, err := elf.Open("/proc/self/exe")
	if err != nil {
		lack.Skip(t, "%v", err)
	}
	defer exe.Close()
	if exe.Class != elf.ELFCLASS64 || exe.Data != elf.ELFDATA2LSB {
		lack.Skip(t, "it needs a 64-bit little-endian machine")
	}
	return exe.Machine
}

func TestRefuse(t *testing.T) {
	machine := native(t)
	for _, c := range []struct {
		name            string
		file            elftest.File
		mode            os.FileMode
		uid, loaderUID  int
		force, forcible bool
		want            string
	}{
		{name: "one's own"},
		{name: "another machine", file: elftest.File{Machine: elf.EM_VAX}, want: "another machine", force: true},
		{name: "the 32-bit machine of this one", file: elftest.File{Machine: cmp.Or(elder[machine], machine)}},
		{name: "another byte order", file: elftest.File{Data: elf.ELFDATA2MSB}, want: "another machine"},
		{name: "set-id", mode: os.ModeSetuid | 0o755, want: "rights of another", force: true},
		{name: "somebody's", uid: 4711, want: "belongs to user 4711", forcible: true},
		{name: "somebody's, forced", uid: 4711, force: true},
		{name: "somebody's loader", loaderUID: 4711, want: "ld.so belongs to user 4711", forcible: true},
		{name: "somebody's loader, forced", loaderUID: 4711, force: true},
	} {
		if (c.uid != 0 || c.loaderUID != 0) && os.Geteuid() != 0 {
			continue
		}
		dir := t.TempDir()
		program, loader := filepath.Join(dir, "t"), filepath.Join(dir, "ld.so")
		if c.file.Machine == 0 {
			c.file.Machine = machine
		}
		if c.mode == 0 {
			c.mode = 0o755
		}
		for name, uid := range map[string]int{program: c.uid, loader: c.loaderUID} {
			err := os.WriteFile(name, c.file.Bytes(), 0o755)
			if err == nil && uid != 0 {
				err = os.Chown(name, uid, -1)
			}
			if err == nil && name == program {
				err = os.Chmod(name, c.mode)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		err := Question{Program: program, Interp: loader, Force: c.force}.refuse()
		var refused *RefusedError
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || refused.Forcible != c.forcible):
			t.Errorf("%s: %+v, want %q", c.name, err, c.want)
		}
	}
}

// Section headers are not what the kernel goes by; and what does not run is an
// answer, too.
func TestAskFails(t *testing.T) {
	machine := native(t)
	program := filepath.Join(t.TempDir(), "t")
	file := elftest.File{Machine: machine, Interp: "/nowhere/ld.so", Needed: []string{"liba.so"}}
	if err := os.WriteFile(program, file.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Question{Program: program, Interp: "/nowhere/ld.so", Force: true}.Ask(context.Background())
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "section headers") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Question{Program: program, Force: true}).Ask(ctx); err == nil {
		t.Error("asked after the end")
	}
}

func TestAsk(t *testing.T) {
	const program = "/bin/sh"
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		lack.Skip(t, "%v", err)
	}
	f, err := elf.Open(real)
	if err != nil {
		lack.Skip(t, "%v", err)
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
		lack.Skip(t, "the shell is static")
	}
	t.Setenv("LD_LIBRARY_PATH", "/kept")
	paths, err := Question{Program: real, Interp: interp, LibraryPath: "/nowhere", Force: true}.Ask(context.Background())
	if err != nil || len(paths) == 0 || !filepath.IsAbs(paths[0]) {
		t.Errorf("%q, %v", paths, err)
	}
	if got := os.Getenv("LD_LIBRARY_PATH"); got != "/kept" {
		t.Errorf("LD_LIBRARY_PATH is %q afterwards", got)
	}
}
