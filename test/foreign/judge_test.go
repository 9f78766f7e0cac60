//go:build linux

package foreign

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// answer is what a loader or the command reports for one file.
type answer struct {
	loaded  [][2]string // name and path, in load order, without the interpreter and the vdso
	missing []string
	fatal   string // why the loader gave up
}

// emulator is the path of qemu inside a tree.
const emulator = "/.qemu"

// install copies qemu into the tree.
func install(t *testing.T, a arch, tree string) {
	t.Helper()
	b, err := os.ReadFile(testenv.Tool(t, "qemu-"+a.qemu+"-static"))
	if err != nil {
		t.Fatal(err)
	}
	harness.Write(t, filepath.Join(tree, emulator), b, 0o755)
}

// inside returns a command whose "/" is the tree.
func inside(tree, dir string, argv ...string) *exec.Cmd {
	attr := &syscall.SysProcAttr{Chroot: tree}
	if os.Geteuid() != 0 {
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	}
	return &exec.Cmd{Path: argv[0], Args: argv, Dir: dir, Env: []string{"LC_ALL=C"}, SysProcAttr: attr}
}

// ask traces what the loader of the tree would load. A program is started, a shared object
// is an argument of the loader. So is a program that cannot be traced: it is not
// executable, has a set-id bit, or prints nothing, as libcap of Debian 13 under qemu.
func ask(t *testing.T, a arch, tree, dir, file string, how ...string) answer {
	t.Helper()
	argv := append([]string{emulator}, how...)
	if a.native && len(how) == 0 {
		argv = nil
	}
	if hasInterp(t, filepath.Join(tree, file)) {
		if got := trace(a, tree, dir, append(slices.Clip(argv), file)); got.fatal != silence {
			return got
		}
	}
	return trace(a, tree, dir, append(argv, a.interp, file))
}

// silence is the error of a program that failed without a message.
const silence = "no word"

func trace(a arch, tree, dir string, argv []string, env ...string) answer {
	cmd := inside(tree, dir, argv...)
	cmd.Env = append(append(cmd.Env, "LD_TRACE_LOADED_OBJECTS=1"), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	got := parseTrace(out.String(), a.interp)
	if err != nil {
		got.fatal = strings.TrimSpace(errs.String())
		if got.fatal == "" && out.Len() == 0 {
			got.fatal = silence
		}
	}
	return got
}

var address = regexp.MustCompile(` \(0x[0-9a-f]+\)$`)

// parseTrace reads the lines that a loader prints when it traces.
func parseTrace(out, interp string) (a answer) {
	for line := range strings.SplitSeq(out, "\n") {
		line = address.ReplaceAllString(strings.TrimPrefix(line, "\t"), "")
		name, path, ok := strings.Cut(line, " => ")
		if !ok {
			path = name
		}
		switch {
		case name == "" || name == "statically linked" || strings.HasPrefix(name, "linux-vdso") || strings.HasPrefix(name, "linux-gate"):
		case path == "not found":
			a.missing = append(a.missing, name)
		case path != interp:
			a.loaded = append(a.loaded, [2]string{name, path})
		}
	}
	return a
}

// hasInterp reports whether the file has a PT_INTERP.
func hasInterp(t *testing.T, name string) bool {
	t.Helper()
	e, ok := openELF(name)
	if !ok {
		t.Fatalf("%s: no ELF file", name)
	}
	return e.interp
}

// ldconfig writes the tree's ld.so.cache with the tree's own ldconfig: that of
// another machine would give the entries its own flags.
func ldconfig(t *testing.T, tree string) {
	t.Helper()
	run(t, inside(tree, "/", emulator, "/sbin/ldconfig", "-X"))
}
