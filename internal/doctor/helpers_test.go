package doctor

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// helperSystem returns a system with programs, among them a shell, and with more files.
// Files whose content begins with "#!" are executable.
func helperSystem(more map[string]string) fstest.MapFS {
	m := machine(elftest.File{}, more)
	for name, f := range m {
		if strings.HasPrefix(string(f.Data), "#!") {
			m[name].Mode = 0o755
		}
	}
	for _, name := range []string{
		"bin/sh", "bin/bash", "usr/bin/sed", "usr/bin/awk", "usr/bin/gzip", "usr/bin/xz", "usr/sbin/sendmail",
		"usr/lib/foo/foo.bin", "usr/bin/env", "opt/my/bin/tool",
	} {
		m[name] = &fstest.MapFile{Data: elftest.File{Static: true}.Bytes(), Mode: 0o755}
	}
	m["etc/shells"] = &fstest.MapFile{Data: []byte("# shells\n/bin/sh\n/bin/bash\n/bin/none\n")}
	m["etc/hosts"] = &fstest.MapFile{Data: []byte("127.0.0.1 localhost"), Mode: 0o755}
	m["usr/bin/data"] = &fstest.MapFile{Data: []byte("no program"), Mode: 0o644}
	return m
}

// helperInput returns an Input for the program at a path.
func helperInput(t *testing.T, src fs.ReadLinkFS, program string) Input {
	t.Helper()
	r := &elfdeps.Resolver{FS: src}
	closure, err := r.Resolve(t.Context(), program)
	if err := errors.Join(err, closure.Err()); err != nil {
		t.Fatal(err)
	}
	in := Input{
		Libc: elfdeps.Libc{Kind: "glibc", Version: 236}, Groups: Choice{Auto: true}, Programs: []string{program},
		Image: fstest.MapFS{},
	}
	for _, o := range closure.Objects {
		in.Objects = append(in.Objects, Object{o, r})
	}
	return in
}

// adviceText returns the advice of f about helpers and the shell, a line each.
func adviceText(f *Findings) string {
	var lines []string
	for _, a := range f.Advice {
		kind := a.Degree.String()
		if a.Warning {
			kind = "warning"
		}
		if strings.Contains(a.Text, "start") {
			lines = append(lines, kind+": "+a.Text+": "+a.Fix)
		}
	}
	for _, g := range f.Groups {
		if g.Name == "shell" {
			lines = append(lines, "+ shell "+strings.Join(g.Need.Triggers, " "))
		}
	}
	return strings.Join(lines, "\n")
}

const (
	addHelpers = "add --with helpers, or name those it needs as PROGRAMs"
	manager    = " is a shim of a version manager, which starts another program: name that one"
)

func TestHelpersOfScripts(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"nothing", "#!/bin/sh\necho\n", ""},
		{
			"for certain",
			"#!/bin/sh\nsed p | awk x\nunknown; data\n",
			"warning: run starts sed and awk, which the image lacks: " + addHelpers,
		},
		{
			"in a condition, and optional",
			"#!/usr/bin/env bash\nif [ $1 ]; then sed; fi\ncommand -v xz && xz; gzip || true\n",
			"likely: run starts sed (optional: xz and gzip): " + addHelpers,
		},
		{
			"only optional",
			"#!/bin/bash\ncommand -v xz && xz",
			"possible: run starts xz if the image has them: name those it needs as PROGRAMs",
		},
		{
			"paths", "#!/bin/sh\n/usr/lib/foo/foo.bin -x\n/usr/sbin/sendmail\n/usr/bin/sed; sed",
			"warning: run starts /usr/lib/foo/foo.bin, sendmail and sed, which the image lacks: " + addHelpers,
		},
		{"a shell", "#!/bin/bash\nif x; then sh -c x; fi\n", "likely: run starts commands through a shell: add --with shell (512 B)"},
		{"a shell for certain", "#!/bin/bash\n/bin/sh -c x\n", "+ shell /bin/sh"},
		{"another language", "#!/usr/bin/awk\nsed\n", ""},
		{"not in PATH", "#!/bin/sh\ntool\n", ""},
		{
			"a wrapper", "#!/bin/sh\nsed x\nexec /usr/lib/foo/foo.bin -a \"$@\"\n",
			"warning: run is a script that starts /usr/lib/foo/foo.bin, which the image lacks: " +
				"add --with helpers, or name that one instead",
		},
		{"a shim", "#!/bin/sh\nexec /x/pyenv exec \"${0##*/}\" \"$@\"", "warning: run" + manager},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := helperSystem(map[string]string{"usr/bin/run": tc.script})
			in := helperInput(t, src, "/usr/bin/run")
			found, err := New(src).Examine(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if got := adviceText(found); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestHelpersOfPrograms(t *testing.T) {
	for _, tc := range []struct{ name, imports, literals, want string }{
		{"no functions", "malloc", "/usr/bin/sed\x00gzip -dc %s", ""},
		{"paths", "execv", "/usr/bin/sed\x00/usr/bin/data\x00/etc/hosts\x00gzip -dc\x00/usr/bin/none", "likely: prog starts sed: " + addHelpers},
		{
			"command lines", "popen", "gzip -dc %s | xz >%s\x00sed is needed",
			"likely: prog starts gzip and xz: " + addHelpers + "\n+ shell gzip -dc %s | xz >%s",
		},
		{"a shell", "execl", "/bin/sh", "+ shell /bin/sh"},
		{"login shells", "execl", "/bin/bash", ""},
		{"only system", "system", "hello", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			prog := importing(strings.Fields(tc.imports)...)
			prog.Payload = []byte("\x00" + tc.literals + "\x00")
			src := machine(prog, nil)
			for name, f := range helperSystem(nil) {
				if src[name] == nil {
					src[name] = f
				}
			}
			found, err := New(src).Examine(t.Context(), helperInput(t, src, "/usr/bin/prog"))
			if err != nil {
				t.Fatal(err)
			}
			if got := adviceText(found); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// TestHelpersInImage adds programs to the image, with which there is less advice.
func TestHelpersInImage(t *testing.T) {
	src := helperSystem(map[string]string{
		"usr/bin/run": "#!/bin/sh\nsed; next; tool\n", "usr/bin/next": "#!/bin/sh\nawk; command -v gzip\n",
	})
	in := helperInput(t, src, "/usr/bin/run")
	in.Env = func(name string) string { return map[string]string{"PATH": "/usr/bin:/opt/my/bin"}[name] }
	advice := func() string {
		t.Helper()
		found, err := New(src).Examine(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return adviceText(found)
	}
	if got := advice(); got != "warning: run starts sed, next and tool, which the image lacks: "+addHelpers {
		t.Error(got)
	}
	in.Image = fstest.MapFS{"usr/bin/sed": {}, "opt/my/bin/tool": {}, "usr/bin/next": {Mode: 0o755}}
	for _, name := range []string{"usr/bin/sed", "opt/my/bin/tool"} {
		in.Image.(fstest.MapFS)[name].Mode = 0o755
	}
	if got := advice(); got != "" {
		t.Error(got)
	}
	next := helperInput(t, src, "/usr/bin/next") // its own helpers count once it is an object
	in.Objects = append(in.Objects, next.Objects[0])
	if got := advice(); got != "warning: next starts awk, which the image lacks (optional: gzip): "+addHelpers {
		t.Error(got)
	}
	in.Groups.Without = []string{"helpers"}
	if got := advice(); got != "" {
		t.Error(got)
	}
	in.Groups.Without, in.Groups.With = nil, []string{"helpers"}
	found, err := New(src).Examine(t.Context(), in)
	if err != nil || adviceText(found) != "" {
		t.Fatal(adviceText(found), err)
	}
	var paths []string
	for _, a := range groupOf(t, found, "helpers").Additions {
		if !a.Program {
			t.Errorf("%+v", a)
		}
		paths = append(paths, a.Path)
	}
	if got := strings.Join(paths, " "); got != "/opt/my/bin/tool /usr/bin/awk /usr/bin/next /usr/bin/sed" {
		t.Error(got)
	}
	in.Done = []string{"helpers"} // what was added started another program
	in.Image.(fstest.MapFS)["usr/bin/awk"] = &fstest.MapFile{Mode: 0o755}
	if found, err = New(src).Examine(t.Context(), in); err != nil || strings.Contains(names(found), "helpers") {
		t.Error(names(found), err)
	}
	delete(in.Image.(fstest.MapFS), "usr/bin/awk")
	if found, err = New(src).Examine(t.Context(), in); err != nil || !strings.Contains(names(found), "helpers") {
		t.Error(names(found), err)
	}
}

// TestShims names the programs that a shim may start.
func TestShims(t *testing.T) {
	const shim = "#!/bin/sh\nexec \"$X\" \"$@\"\n"
	program := "#!/bin/sh\n"
	src := helperSystem(map[string]string{
		"home/.env/shims/node": shim, "home/.env/version": "3.9.1\n", "usr/bin/node": program,
		"home/.env/versions/3.9.1/bin/node": program, "home/.env/versions/3.10.0/bin/node": program,
		"home/.env/versions/3.8.2/bin/node": program, "home/.env/versions/3.11.0/bin/other": program,
		"asdf/shims/node": shim, "asdf/installs/nodejs/20.1/bin/node": program, "asdf/installs/nodejs/9.1/bin/node": program,
		"x/shims/other": shim,
	})
	for path, want := range map[string]string{
		"/home/.env/shims/node": "node" + manager + ": /home/.env/versions/3.9.1/bin/node, " +
			"/home/.env/versions/3.10.0/bin/node or /home/.env/versions/3.8.2/bin/node",
		"/asdf/shims/node": "node" + manager + ": /asdf/installs/nodejs/20.1/bin/node, " +
			"/asdf/installs/nodejs/9.1/bin/node or /usr/bin/node",
		"/x/shims/other": "other" + manager,
	} {
		found, err := New(src).Examine(t.Context(), helperInput(t, src, path))
		if err != nil || adviceText(found) != "warning: "+want {
			t.Errorf("%s: %v\n%s", path, err, adviceText(found))
		}
	}
}

// TestHelpersOfConfigs reads the programs that a main configuration file names.
func TestHelpersOfConfigs(t *testing.T) {
	src := helperSystem(map[string]string{"usr/bin/run": "#!/bin/sh\n"})
	in := helperInput(t, src, "/usr/bin/run")
	in.Image = fstest.MapFS{"etc/c.conf": &fstest.MapFile{Data: []byte(
		"# /usr/bin/gzip\nmail = /usr/sbin/sendmail -t\nlog /var/log/x\nhook \"/usr/lib/foo/foo.bin\";shell=/bin/bash\n" +
			"again=/usr/sbin/sendmail\n; /usr/bin/awk\n/usr/bin/data\nnothosts:/etc/hosts\n",
	)}}
	in.Configs = []Config{{Path: "/etc/c.conf", Main: true}}
	found, err := New(src).Examine(t.Context(), in)
	want := "likely: c.conf names sendmail and /usr/lib/foo/foo.bin: " + addHelpers
	if err != nil || adviceNaming(found) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, adviceNaming(found), want)
	}
	in.Configs[0].Main = false
	if found, err = New(src).Examine(t.Context(), in); err != nil || adviceNaming(found) != "" {
		t.Error(adviceNaming(found), err)
	}
}

// adviceNaming returns the advice about helpers of configuration files.
func adviceNaming(f *Findings) string {
	for _, a := range f.Advice {
		if strings.Contains(a.Text, " names ") {
			return a.Degree.String() + ": " + a.Text + ": " + a.Fix
		}
	}
	return ""
}
