package elfdeps

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/shebang"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/tokens"
)

// FuzzScript reads the first line of any script, and what env makes of it.
func FuzzScript(f *testing.F) {
	for _, line := range []string{
		"#!/bin/sh\n", "#! /usr/bin/env -S A=b t 'a b' # x\n", "#!/usr/bin/env -vS PATH=/x:/y\\_t\\c", "#!/bin/t x y\x00z", "#!" + strings.Repeat(" ", 254),
		"#!/usr/bin/env --split-string=-u A -- t", "#!/usr/bin/env -", "#!/usr/bin/env -iu", "#!/usr/bin/env -S \"", "#!/usr/bin/env -S -S x",
	} {
		f.Add([]byte(line))
	}
	script := &fstest.MapFile{Mode: 0o755}
	fsys := fstest.MapFS{"t": script, "bin/sh": {Mode: 0o755, Data: []byte("#!/t")}, "usr/bin/env": {Mode: 0o755, Data: []byte("text")}}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte("#!"), bytes.TrimPrefix(b, []byte("#!"))...)
		interp, arg, ok := shebang.Parse(b[:min(len(b), elffile.HeadSize)])
		if ok == (interp == "") || strings.ContainsAny(interp, " \t\n\x00") || strings.ContainsAny(arg, "\n\x00") {
			t.Errorf("interpreter %q, argument %q, %v", interp, arg, ok)
		}
		if name, _ := shebang.EnvProgram(arg); strings.IndexByte(name, '=') > 0 {
			t.Errorf("env starts %q", name)
		}
		script.Data = b
		if c, err := (&Resolver{FS: fsys}).Resolve(t.Context(), "/t"); err == nil || len(c.Objects) == 0 && ok {
			t.Errorf("%d objects, %v", len(c.Objects), err)
		}
	})
}

// FuzzSearchList splits any search list as either loader does.
func FuzzSearchList(f *testing.F) {
	for _, text := range []string{"/a:/b", "$ORIGIN/../lib:${LIB}:$PLATFORM", "::/\n//", "$ORIGINAL:${ORIGIN", "/lib:/usr/local/lib\n/x"} {
		f.Add(text, "/opt/x")
	}
	f.Fuzz(func(t *testing.T, text, origin string) {
		tok := &tokens.Values{Origin: "/" + origin, Lib: "lib64", Platform: "haswell"}
		list := (&Resolver{FS: fstest.MapFS{}}).session().list(listKey{list: text, seps: ":;"}, tok)
		for _, e := range list.elems {
			if !strings.Contains(text, e.raw) || e.name != "" && !strings.HasSuffix(e.name, "/") {
				t.Errorf("%q: %q", e.raw, e.name)
			}
		}
		expanded, ok := tokens.ExpandMusl(text, "/"+origin)
		if ok && strings.Contains(expanded, "$") && !strings.Contains(origin, "$") {
			t.Errorf("%q", expanded)
		}
		for _, e := range splitPath(expanded, text) {
			if e.dir == "" || strings.ContainsAny(e.dir, ":\n") {
				t.Errorf("directory %q", e.dir)
			}
		}
	})
}

// FuzzPathFile reads any .path file of musl's loader.
func FuzzPathFile(f *testing.F) {
	for _, text := range []string{"/lib\n/usr/lib\n", "a:b:/m", "/m\x00/n", ":\n:"} {
		f.Add([]byte(text))
	}
	file := &fstest.MapFile{}
	fsys := tree{"/bin/r": "musl needs=liba.so", muslLoader: "lib", "/m/liba.so": "lib"}.build(f)
	fsys["etc/ld-musl-x86_64.path"] = file
	f.Fuzz(func(t *testing.T, b []byte) {
		file.Data = b
		c, err := (&Resolver{FS: fsys}).Resolve(t.Context(), "/bin/r")
		found := slices.Contains(c.Opened, "/m/liba.so")
		if found && (err != nil || !bytes.Contains(b, []byte("m"))) {
			t.Errorf("found by %q, %v", b, err)
		}
	})
}
