package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// scriptCommands are the commands of scripts in addition to those of testscript:
//
//	elf FILE [interp=P] [needed=A,B] [imports=F,G] [literals=A,B] [soname=S] [rpath=P] [runpath=P] [machine=M] [type=T] [static] [cut=N]
//	loader FILE         a glibc loader whose system directories are /lib and /usr/lib
//	tree ARCHIVE        prints what a tar, plain or gzip, holds
//	entry ARCHIVE NAME  prints one file of a tar
//	interrupt           sends SIGINT to the background command
//	fifo FILE, hardlink OLD NEW
//	leftovers           fails if a temporary file exists
//	status N COMMAND    runs a command that must end with status N
//	refused FILE TEXT   packs FILE, which must fail with TEXT in its one error and a hint
//	setmode MODE FILE   chmod with set-id bits
//	crlf FILE           a script whose first line ends in CR LF
//	badname FILE        copies FILE to a name that is not UTF-8, $BAD
//	capnetraw FILE      gives FILE cap_net_raw=ep; only where the condition caps holds
//	unavailable WHAT    fails where everything must be available: MKROOTFS_E2E=1
//	hostile DIR         files below DIR whose names and needs hold control characters
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"elf":         cmdELF,
	"loader":      cmdLoader,
	"tree":        cmdTree,
	"entry":       cmdEntry,
	"fifo":        cmdFifo,
	"hardlink":    cmdHardlink,
	"interrupt":   cmdInterrupt,
	"leftovers":   cmdLeftovers,
	"status":      cmdStatus,
	"refused":     cmdRefused,
	"setmode":     cmdSetMode,
	"crlf":        cmdCRLF,
	"badname":     cmdBadName,
	"hostile":     cmdHostile,
	"capnetraw":   cmdCapNetRaw,
	"unavailable": cmdUnavailable,
}

// cmdUnavailable is used before a skip with the same condition.
func cmdUnavailable(ts *testscript.TestScript, _ bool, args []string) {
	if testenv.IsStrict() {
		ts.Fatalf("%s: not here, and MKROOTFS_E2E=1 insists", strings.Join(args, " "))
	}
}

func cmdELF(ts *testscript.TestScript, _ bool, args []string) {
	var f elftest.File
	f.Type = elf.ET_DYN
	cut := 0
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "interp":
			f.Interp = value
		case "needed":
			f.Needed = strings.Split(value, ",")
		case "imports":
			for name := range strings.SplitSeq(value, ",") {
				f.Symbols = append(f.Symbols, elftest.Symbol{Name: name})
			}
		case "literals":
			f.Payload = []byte("\x00" + strings.ReplaceAll(value, ",", "\x00") + "\x00")
			f.Symbols = append(f.Symbols, elftest.Symbol{Name: "dlopen"})
		case "soname":
			f.Soname = value
		case "rpath":
			f.Rpath = value
		case "runpath":
			f.Runpath = value
		case "machine":
			f.Machine = map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}[value]
		case "type":
			f.Type = map[string]elf.Type{"exec": elf.ET_EXEC, "core": elf.ET_CORE, "rel": elf.ET_REL}[value]
		case "static":
			f.Static, f.Type = true, elf.ET_EXEC
		case "payload":
			f.Payload = []byte(value)
		case "cut":
			_, err := fmt.Sscan(value, &cut)
			ts.Check(err)
		default:
			ts.Fatalf("elf: unknown word %q", a)
		}
	}
	data := f.Bytes()
	if cut > 0 {
		data = data[:cut]
	}
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	ts.Check(os.WriteFile(name, data, 0o755)) //nolint:gosec // programs are executable
}

func cmdLoader(ts *testscript.TestScript, _ bool, args []string) {
	f := elftest.File{
		Soname:  filepath.Base(args[0]),
		Payload: []byte("\x00/lib/\x00/usr/lib/\x00LIB\x00lib\x00/etc/ld.so.cache\x00ld.so (GNU libc) stable release version 2.36.\x00"),
	}
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	ts.Check(os.WriteFile(name, f.Bytes(), 0o755)) //nolint:gosec // loaders are executable
}

// cmdTree prints a line for each entry: name, kind, mode and content.
func cmdTree(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(eachEntry(ts.MkAbs(args[0]), func(h *tar.Header, data []byte) error {
		_, err := fmt.Fprintln(ts.Stdout(), entryText(h, data))
		return err
	}))
}

func entryText(h *tar.Header, data []byte) string {
	text := h.Name
	switch h.Typeflag {
	case tar.TypeDir:
		text += fmt.Sprintf(" dir %04o", h.Mode)
	case tar.TypeSymlink:
		text += " symlink " + h.Linkname
	case tar.TypeLink:
		text += " hardlink " + h.Linkname
	default:
		sum := sha256.Sum256(data)
		text += fmt.Sprintf(" file %04o %d %x", h.Mode, len(data), sum[:3])
	}
	if h.Uid != 0 || h.Gid != 0 {
		text += fmt.Sprintf(" %d:%d", h.Uid, h.Gid)
	}
	if !h.ModTime.Equal(time.Unix(1, 0)) {
		text += fmt.Sprintf(" @%d", h.ModTime.Unix())
	}
	if h.Uname != "" || h.Gname != "" {
		text += " " + h.Uname + ":" + h.Gname
	}
	return text
}

func cmdEntry(ts *testscript.TestScript, _ bool, args []string) {
	found := false
	ts.Check(eachEntry(ts.MkAbs(args[0]), func(h *tar.Header, data []byte) error {
		if h.Name != args[1] {
			return nil
		}
		found = true
		_, err := ts.Stdout().Write(data)
		return err
	}))
	if !found {
		ts.Fatalf("%s has no %s", args[0], args[1])
	}
}

func eachEntry(name string, f func(*tar.Header, []byte) error) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var r io.Reader = bytes.NewReader(data)
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(r); err != nil {
			return err
		}
	}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			return err
		}
		if err := f(h, content); err != nil {
			return err
		}
	}
}

func cmdFifo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o644))
}

func cmdHardlink(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Link(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

func cmdInterrupt(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(os.Interrupt))
	}
}

// cmdLeftovers fails if a temporary file exists.
func cmdLeftovers(ts *testscript.TestScript, neg bool, args []string) {
	var left []string
	dirs := append([]string{".", ".tmp"}, args...)
	for _, d := range dirs {
		list, err := os.ReadDir(ts.MkAbs(d))
		ts.Check(err)
		for _, e := range list {
			if name := e.Name(); name != ".tmp" && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "mkrootfs-")) {
				left = append(left, filepath.Join(d, name))
			}
		}
	}
	if (len(left) > 0) != neg {
		ts.Fatalf("temporary files: %q", left)
	}
}

func cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func cmdRefused(ts *testscript.TestScript, _ bool, args []string) {
	cmdStatus(ts, false, []string{"1", "mkrootfs", "./" + args[0]})
	out := ts.ReadFile("stderr")
	first, rest, _ := strings.Cut(out, "\n")
	if !strings.HasPrefix(first, "mkrootfs: error: ") || !strings.Contains(first, args[1]) {
		ts.Fatalf("%q does not contain %q", first, args[1])
	}
	if !strings.HasPrefix(rest, "mkrootfs: hint: ") || strings.Count(rest, "\n") != 1 {
		ts.Fatalf("no hint, or more than one line of it: %q", rest)
	}
}

func cmdSetMode(ts *testscript.TestScript, _ bool, args []string) {
	mode, err := strconv.ParseUint(args[0], 8, 12)
	ts.Check(err)
	ts.Check(os.Chmod(ts.MkAbs(args[1]), rootfs.ModeOf(uint32(mode))))
}

func cmdCRLF(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("#!/bin/nothing\r\n"), 0o755)) //nolint:gosec // scripts are executable
}

func cmdBadName(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Setenv("BAD", "p\xff")
	ts.Check(os.WriteFile(ts.MkAbs("p\xff"), data, 0o755)) //nolint:gosec // programs are executable
}

func cmdHostile(ts *testscript.TestScript, _ bool, args []string) {
	const interp, odd = "/lib64/ld-linux-x86-64.so.2", "/usr/lib/a\u202eb\x1b[7m"
	for name, f := range map[string]elftest.File{
		"/usr/bin/evil":   {Interp: interp, Needed: []string{"\x1b]0;X\x07\nforged"}},
		"/usr/bin/good":   {Interp: interp, Needed: []string{"lib"}, Runpath: odd},
		odd + "/lib":      {Soname: "lib"},
		"/srv/two\nlines": {Static: true},
	} {
		at := ts.MkAbs(args[0]) + name
		ts.Check(os.MkdirAll(filepath.Dir(at), 0o755))
		ts.Check(os.WriteFile(at, f.Bytes(), 0o755)) //nolint:gosec // programs are executable
	}
}

// capNetRaw is struct vfs_cap_data of linux/capability.h: revision 2, effective,
// CAP_NET_RAW permitted.
const capNetRaw = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func setCapNetRaw(name string) error {
	return unix.Setxattr(name, "security.capability", []byte(capNetRaw), 0)
}

func cmdCapNetRaw(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(setCapNetRaw(ts.MkAbs(args[0])))
}

// canSetCaps reports whether files in the temporary directory can have capabilities.
func canSetCaps() bool {
	f, err := os.CreateTemp("", "caps-*")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	return setCapNetRaw(f.Name()) == nil
}

// hasTerminals reports whether pseudo-terminals are available: their file system may not
// be mounted in a chroot. With MKROOTFS_E2E=1 it returns true.
func hasTerminals() bool {
	_, err := os.Stat("/dev/pts/ptmx")
	return err == nil || testenv.IsStrict()
}
