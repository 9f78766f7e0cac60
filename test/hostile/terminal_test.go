//go:build linux

package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/testenv"
	"github.com/mkrootfs/mkrootfs/test/harness"
)

// escape sets the title of a terminal, rings its bell, returns to the beginning of the line
// and begins another one. The last bytes are the CSI of 8-bit terminals and a character that
// reverses the writing direction.
const escape = "lib\x1b]0;FORGED\x07\r\nFORGED => /lib/ok \x9b31m\u009b31m\u202eFORGED.so"

// forgedNote is a .note.dlopen that does the same.
const forgedNote = `[{"soname":["lib\u001b]0;FORGED\u0007\nFORGED.so"],"feature":"\u001bF\nFORGED","description":"\u001b\nFORGED","priority":"required"}]`

// TestTerminal checks that only printable characters of files reach a terminal.
func TestTerminal(t *testing.T) {
	dir := place(t)
	hostileNames(t, dir)
	root := []string{"--sysroot", dir + "/sr"}
	for name, args := range map[string][]string{
		"tree":           {"/usr/bin/forger", "--print", "tree"},
		"ldd":            {"/usr/bin/forger", "--print", "ldd"},
		"json":           {"/usr/bin/forger", "--print", "json"},
		"list":           {programAt, "--copy", "/forged:/x", "--print", "list"},
		"why":            {"/usr/bin/forger", "--why", escape},
		"why a library":  {"/usr/bin/found", "--why", "libx.so.1"},
		"found tree":     {"/usr/bin/found", "--print", "tree"},
		"found ldd":      {"/usr/bin/found", "--print", "ldd"},
		"missing":        {"/usr/bin/forger", "-o", "out.tar.gz"},
		"interpreter":    {"/usr/bin/interp", "-o", "out.tar.gz"},
		"script":         {"/usr/bin/forged-script", "-o", "out.tar.gz"},
		"verbose":        {programAt, "--copy", "/forged:/x", "-v", "-o", "out.tar.gz"},
		"dry run":        {programAt, "--copy", "/forged:/x", "-v", "-n"},
		"dlopen":         {"/usr/bin/dlopener", "-o", "out.tar.gz"},
		"dlopen hinted":  {"/usr/bin/dlopener", "--dlopen", "hinted", "-v", "-o", "out.tar.gz"},
		"symbols":        {"/usr/bin/symbols", "-v", "-o", "out.tar.gz"},
		"versions":       {"/usr/bin/versions", "-o", "out.tar.gz"},
		"package":        {programAt, "--package", "forged", "-v", "-o", "out.tar.gz"},
		"user":           {programAt, "-u", "app", "-v", "-o", "out.tar.gz"},
		"conf":           {programAt, "--conf", "/etc/app/app.conf", "-v", "-o", "out.tar.gz"},
		"a special file": {programAt, "--copy", "/pipes:/x", "-o", "out.tar.gz"},
	} {
		t.Run(name, func(t *testing.T) {
			j := job{dir: dir, args: append(append([]string{}, root...), args...)}
			seen := j.onTerminal(t)
			forbid(t, "on a terminal", strings.ReplaceAll(seen, "\r\n", "\n"))
			forbid(t, "on stderr", j.run(t).err)
		})
	}
}

// forbid returns control characters other than newlines, and lines that only a newline in a
// name can have caused.
func forbid(t *testing.T, where, text string) {
	t.Helper()
	for i, r := range text {
		control := r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e
		if control || r == 0xfffd && text[i] != 0xef {
			t.Errorf("%s: byte %#x in %.300q", where, text[i], text[max(0, i-60):])
			return
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
			t.Errorf("%s: a forged line: %q", where, line)
		}
	}
}

// hostileNames writes a world in which names, strings and files contain control characters.
func hostileNames(t *testing.T, dir string) {
	t.Helper()
	root := dir + "/sr"
	world(t, root)
	program := func(name string, f elftest.File) {
		t.Helper()
		if f.Interp == "" {
			f.Interp = loaderAt
		}
		harness.Write(t, root+"/usr/bin/"+name, f.Bytes(), 0o755)
	}
	program("forger", elftest.File{Needed: []string{escape, "libx.so.1"}, Rpath: "/a" + escape, Soname: escape})
	program("interp", elftest.File{Interp: "/lib/" + escape})
	program("dlopener", elftest.File{
		Needed:  []string{"libc.so.6"},
		Symbols: []elftest.Symbol{{Name: "dlopen"}},
		Payload: []byte("\x00libq\x1b]0;FORGED\x07.so.1\x00lib\x9bq.so\x00"),
		Notes:   []elftest.Note{{Owner: "FDO", Type: 0x407c0c0a, Desc: []byte(forgedNote + "\x00")}},
	})
	program("symbols", elftest.File{Needed: []string{"libc.so.6"}, Symbols: []elftest.Symbol{{Name: "\x1bgetpwuid\nFORGED"}, {Name: "getpwuid"}}})
	program("versions", elftest.File{Needed: []string{"libc.so.6"}, Verneed: []elftest.Verneed{{File: "libc.so.6", Versions: []string{escape}}}})
	found := strings.ReplaceAll(escape, "/", "-")
	program("found", elftest.File{Needed: []string{found, "libx.so.1"}})
	harness.Write(t, root+"/usr/lib/"+found, elftest.File{Soname: found, Needed: []string{"libx.so.1"}}.Bytes(), 0o644)
	harness.Write(t, root+"/usr/bin/forged-script", []byte("#!/usr/bin/\x1b]0;FORGED\x07\x9b \x1b\n"), 0o755)
	harness.Write(t, root+"/forged/"+found, []byte("x"), 0o644)
	harness.Write(t, root+"/forged/lib"+found, elftest.File{Needed: []string{escape}}.Bytes(), 0o755)
	harness.Link(t, "/no/"+escape, root+"/forged/link"+found)
	harness.Mkdir(t, root+"/pipes")
	if err := unix.Mkfifo(root+"/pipes/"+found, 0o666); err != nil {
		t.Fatal(err)
	}
	forge := func(name, content string) { t.Helper(); harness.Write(t, root+name, []byte(content), 0o644) }
	forge("/var/lib/dpkg/info/forged.list", "/.\n/forged/\x1b]0;FORGED\x07\r\n/forged\n")
	forge("/var/lib/dpkg/status", "Package: forged\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\x1b]0;FORGED\x07\nDepends: \x1bx\n\n")
	forge("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:900:900:App:/srv/\x1b]0;FORGED\x07:/bin/\x1b\n")
	forge("/etc/app/app.conf", "port 80\nuser \x1b]0;FORGED\x07\nlisten \x1b80\ndir /var/\x1b]0;FORGED\x07/x\n")
	forge("/etc/os-release", "ID=\"\x1b]0;FORGED\x07\"\nVERSION_ID=\"\x1b\"\n")
}

// onTerminal runs j with stdout and stderr on a new terminal and returns what
// the terminal gets.
func (j job) onTerminal(t *testing.T) string {
	t.Helper()
	terminal, command := openTerminal(t)
	defer terminal.Close()
	cmd := j.command(t.Context())
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = command, command, command
	err := cmd.Start()
	_ = command.Close()
	if err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	if _, err := io.Copy(&seen, terminal); err != nil && !errors.Is(err, syscall.EIO) { // EIO: nobody has it open any more
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return seen.String()
}

// openTerminal returns the two ends of a pseudo-terminal: the terminal, and the
// one that a command runs on.
func openTerminal(t *testing.T) (terminal, command *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	fd := int(terminal.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		command, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		terminal.Close()
		testenv.Skip(t, "%v", err)
	}
	return terminal, command
}

// TestHintsForTheShell checks that a hint pasted into a shell does not run a command in the
// name of a file.
func TestHintsForTheShell(t *testing.T) {
	dir := place(t)
	world(t, dir+"/sr")
	harness.Link(t, testenv.Tool(t, "touch"), dir+"/shell/touch") // a shell must find nothing else
	for name, make := range map[string]func(t *testing.T, at string) []string{
		"not executable": func(t *testing.T, at string) []string {
			harness.Write(t, at, worldProgram().Bytes(), 0o644)
			return []string{filepath.Base(at)}
		},
		"not executable, sysroot": func(t *testing.T, at string) []string {
			harness.Write(t, dir+"/sr/usr/bin/"+filepath.Base(at), worldProgram().Bytes(), 0o644)
			return []string{"--sysroot", dir + "/sr", filepath.Base(at)}
		},
		"here": func(t *testing.T, at string) []string {
			harness.Write(t, dir+"/"+filepath.Base(at), worldProgram().Bytes(), 0o755)
			return []string{filepath.Base(at)}
		},
		"missing library": func(t *testing.T, at string) []string {
			f := elftest.File{Interp: loaderAt, Needed: []string{filepath.Base(at)}}
			harness.Write(t, at, f.Bytes(), 0o755)
			return []string{at}
		},
		"outputs": func(_ *testing.T, at string) []string {
			return []string{"/bin/true", "-t", "x:1", "-o", filepath.Base(at) + ".tar"}
		},
	} {
		for _, word := range []string{"x$(touch PWN);y", "x`touch PWN`", "x'; touch PWN; '", "x\ntouch PWN\n", "x;touch PWN #", "x|touch PWN", "x&touch PWN&", "x>PWN"} {
			t.Run(name+" "+word, func(t *testing.T) {
				at := dir + "/bin/" + word
				args := make(t, at)
				o := job{dir: dir, args: args, env: []string{"PATH=" + dir + "/bin"}}.run(t)
				paste(t, o.err, dir)
				_ = os.Remove(at)
			})
		}
	}
}

// paste runs each command of the hints in a shell.
func paste(t *testing.T, messages, dir string) {
	t.Helper()
	for line := range strings.Lines(messages) {
		for _, sentinel := range []string{"hint: ", "next: "} {
			_, hint, ok := strings.Cut(line, sentinel)
			if !ok {
				continue
			}
			for _, part := range append([]string{hint}, strings.Split(hint, ": ")...) {
				sh := exec.Command("/bin/sh", "-c", part)
				sh.Dir, sh.Env = dir, []string{"PATH=" + dir + "/shell"}
				_ = sh.Run() // most hints are not commands
			}
		}
	}
	if _, err := os.Lstat(dir + "/PWN"); err == nil {
		t.Errorf("a pasted hint ran a command: %s", messages)
		_ = os.Remove(dir + "/PWN")
	}
}
