package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/pack"
)

// world is the environment of a fuzz target: a sysroot that must not change, and an
// empty working directory for the outputs.
type world struct {
	root, tmp, work string
	before          string // what the sysroot is like
}

// newWorld makes a small system with every kind of file that the command reads.
func newWorld(f *testing.F) *world {
	top := f.TempDir()
	w := &world{root: filepath.Join(top, "root"), tmp: filepath.Join(top, "tmp"), work: filepath.Join(top, "work")}
	const interp = "/lib64/ld-linux-x86-64.so.2"
	files := map[string][]byte{
		"lib64/ld-linux-x86-64.so.2":  elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte("\x00/lib/\x00/usr/lib/\x00/etc/ld.so.cache\x00")}.Bytes(),
		"usr/lib/liba.so":             elftest.File{Soname: "liba.so", Needed: []string{"libb.so"}}.Bytes(),
		"usr/lib/libb.so":             elftest.File{Soname: "libb.so"}.Bytes(),
		"usr/bin/prog":                elftest.File{Interp: interp, Needed: []string{"liba.so"}, Symbols: []elftest.Symbol{{Name: "getpwuid"}, {Name: "dlopen"}}}.Bytes(),
		"usr/bin/incomplete":          elftest.File{Interp: interp, Needed: []string{"libgone.so"}}.Bytes(),
		"usr/bin/static":              elftest.File{Static: true}.Bytes(),
		"usr/bin/script":              []byte("#!/usr/bin/static -x\n"),
		"home/me/app":                 elftest.File{Interp: interp, Needed: []string{"libo.so"}, Runpath: "$ORIGIN"}.Bytes(),
		"home/me/libo.so":             elftest.File{Soname: "libo.so"}.Bytes(),
		"etc/passwd":                  []byte("root:x:0:0::/root:/bin/sh\nme:x:7:8:Me:/home/me:/bin/sh\n"),
		"etc/group":                   []byte("root:x:0:\nus:x:8:me\n"),
		"etc/app.conf":                []byte("port 6379\nuser me\nlogfile /var/log/app.log\n"),
		"etc/nsswitch.conf":           []byte("passwd: files\nhosts: files dns\n"),
		"var/lib/dpkg/status":         []byte("Package: prog\nStatus: install ok installed\nArchitecture: amd64\n\n"),
		"var/lib/dpkg/info/prog.list": []byte("/.\n/usr\n/usr/bin\n/usr/bin/prog\n"),
		"srv/list":                    []byte("/etc/app.conf:/list.conf\n"),
	}
	for name, data := range files {
		at := filepath.Join(w.root, name)
		check(f, os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, data, 0o755)) //nolint:gosec // programs are executable
	}
	check(f, os.Symlink("usr/bin", filepath.Join(w.root, "bin")), os.Symlink("usr/lib", filepath.Join(w.root, "lib")))
	check(f, os.Mkdir(w.tmp, 0o755), os.Mkdir(w.work, 0o755))
	w.before = w.state(f)
	f.Chdir(w.work)
	for name, value := range map[string]string{"TMPDIR": w.tmp, "HOME": w.tmp, "LD_LIBRARY_PATH": "", "LD_PRELOAD": "", "LD_AUDIT": "", "SOURCE_DATE_EPOCH": ""} {
		f.Setenv(name, value)
	}
	return w
}

func check(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// state returns a description of all files except the outputs: those of the sysroot, of
// the directory of temporary files and of their parent.
func (w *world) state(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	check(t, filepath.WalkDir(filepath.Dir(w.root), func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == w.work {
			return errOrSkip(err)
		}
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			b.WriteString(info.ModTime().String())
		}
		b.WriteString(name)
		return err
	}))
	return b.String()
}

func errOrSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// run runs the command and checks what must be true for all arguments: the exit status
// matches the messages, the messages are printable, it does not panic, and it writes
// only its outputs, and none if it fails.
func (w *world) run(t *testing.T, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), args, strings.NewReader("/etc/passwd:/copied\n"), &out, &errs)
	said := errs.String()
	failed := strings.HasPrefix(said, "mkrootfs: error: ") || strings.Contains(said, "\nmkrootfs: error: ")
	switch {
	case status < exitDone || status > exitUsage || failed != (status != exitDone):
		t.Errorf("%q: status %d, %s", args, status, said)
	case strings.Contains(said, "internal error"):
		t.Errorf("%q: %s", args, said)
	}
	for line := range strings.Lines(said) {
		if text := strings.TrimSuffix(line, "\n"); quote.Printable(text) != text {
			t.Errorf("%q: a message that cannot be shown: %q", args, text)
		}
	}
	if after := w.state(t); after != w.before {
		t.Fatalf("%q: the system has changed: %s", args, after)
	}
	left, err := os.ReadDir(w.work)
	check(t, err)
	if len(left) > 0 && status != exitDone {
		t.Errorf("%q: status %d, and yet it left %v", args, status, left)
	}
	for _, e := range left {
		check(t, os.RemoveAll(e.Name()))
	}
}

// isHarmless reports whether a command line uses only the world: no engine, registry or
// loader, and no file outside.
func (w *world) isHarmless(args []string) bool {
	r := &request{}
	if err := newCommand(r).ParseFlags(args); err != nil {
		return true // nothing is opened
	}
	if r.outputs.Push || r.outputs.Load || r.mode.crossCheck != "" || r.spec.Sysroot != w.root {
		return false
	}
	var here []string // relative to the working directory
	for _, spec := range r.files {
		if out, err := pack.ParseOutput(spec, len(r.outputs.Tags) > 0); err == nil && out.Dest != "-" {
			here = append(here, out.Dest)
		}
	}
	for _, spec := range r.copies {
		if c, err := pack.ParseCopy(strings.TrimPrefix(spec, "@")); err == nil && (spec[0] == '@' || !filepath.IsAbs(c.Src)) {
			here = append(here, c.Src)
		}
	}
	for _, c := range r.spec.Files.Conf {
		if !filepath.IsAbs(c.Src) {
			here = append(here, c.Src)
		}
	}
	return !slices.ContainsFunc(append(here, r.envFiles...), func(name string) bool { return !filepath.IsLocal(name) })
}

// FuzzRun runs the command with any arguments, one per line.
//
// fuzz: 4000x
func FuzzRun(f *testing.F) {
	for _, args := range []string{
		"prog", "prog\n-n\n-v", "incomplete", "script\n--with\nauto", "/home/me/app\n-o\nx.tar\n-t\nx:1", "prog:/p\nstatic\n--\na\nb",
		"prog\n--conf\n/etc/app.conf\n-u\nme", "prog\n--copy\n@-\n--mkdir\n/d:1777:me", "prog\n--copy\nsrc=/srv,dst=/x,chown=us,chmod=4755\n--package\nprog",
		"prog\n--print\ntree", "prog\n--print\nlist\n--print0", "prog\n--print\njson\n--lib\nlibb.so", "prog\n--why\nlibb.so", "incomplete\n--print\nldd",
		"prog\n-o\ntype=oci-dir,dest=lay\n-t\nx:1\n-q", "prog\n-o\n-\n--timestamp\n7", "prog\n-e\nA=B\n-l\na=b\n--expose\n1-3/udp\n--health-cmd\nx\n--health-retries\n2",
		"static\n--dlopen\nhinted\n--with\npasswd,tmp,nss\n--without\ntmp\n--workdir\n/w\n--volume\n/v\n--cmd\n[\"a\"]\n--entrypoint\nx y", "--help", "prog\n--platform\nlinux/arm64",
		"prog\n--copy\n/etc:/x$(touch PWN)\n-o\nno\x1b/x.tar",
	} {
		f.Add(args)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, lines string) {
		args := append([]string{"--sysroot", w.root}, strings.FieldsFunc(lines, func(r rune) bool { return r == '\n' || r == 0 })...)
		if len(args) < 50 && w.isHarmless(args) {
			w.run(t, args...)
		}
	})
}

// FuzzFiles packs a program of any content with a configuration file and a
// package database of any content.
//
// fuzz: 2000x
func FuzzFiles(f *testing.F) {
	prog := elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"liba.so", "\x1b]0;X\x07\n"}, Runpath: "$ORIGIN/x"}.Bytes()
	f.Add(prog, "port 6379\nuser me\ndaemonize yes\n", "Package: x\nStatus: install ok installed\n")
	f.Add([]byte("#!/usr/bin/env -S prog\r\n"), "listen 127.0.0.1:80;", "")
	f.Add(elftest.File{Static: true}.Bytes(), "", "P")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, program []byte, config, status string) {
		for name, data := range map[string]string{"usr/bin/fuzzed": string(program), "etc/fuzzed.conf": config, "var/lib/dpkg/status": status} {
			check(t, os.WriteFile(filepath.Join(w.root, name), []byte(data), 0o755)) //nolint:gosec // programs are executable
		}
		w.before = w.state(t)
		w.run(t, "--sysroot", w.root, "fuzzed", "--conf", "/etc/fuzzed.conf", "-n", "-v")
		w.run(t, "--sysroot", w.root, "fuzzed", "--print", "tree")
	})
}

// FuzzList reads any list of --copy @-.
func FuzzList(f *testing.F) {
	f.Add("# what goes in\na:/b\n\n  \r\nsrc=a,dst=/b\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := &request{copies: []string{"@-"}}
		values, err := r.expand("@-", io.MultiReader(strings.NewReader(text)))
		check(t, err)
		for _, v := range values {
			if strings.TrimSpace(v.text) == "" || strings.ContainsAny(v.text, "\n") {
				t.Errorf("%q has the line %q", text, v.text)
			}
		}
		_ = readCopies(r, strings.NewReader(text))
	})
}
