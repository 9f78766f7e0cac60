package source

import (
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

func TestFindAll(t *testing.T) {
	files := fstest.MapFS{
		"bin/prog":     {Mode: 0o755, Data: []byte("\x7fELF\x00")},
		"w/r.conf":     {Mode: 0o644, Data: []byte("port 1\n")},
		"w/x.conf":     {Mode: 0o755, Data: []byte("port 1\n")},
		"w/lib.so":     {Mode: 0o644, Data: []byte("\x7fELF\x00")},
		"w/script":     {Mode: 0o644, Data: []byte("#!/bin/sh\n")},
		"w/empty":      {Mode: 0o644},
		"w/site/x":     {Mode: 0o644},
		"w/pack":       {Mode: 0o644, Data: []byte("text")},
		"w/two words":  {Mode: 0o644, Data: []byte("text")},
		"w/build/prog": {Mode: 0o755},
	}
	root := sysroot.New(files)
	s := &Source{Root: root, Local: root, Dir: "/w", env: Environment{Dir: "/w"}, path: "/bin"}
	const noSuch, conf = " in /bin", ": a text file, not a program"
	for _, tc := range []struct {
		args      []string
		err, hint string
		isUsage   bool
	}{
		{[]string{"prog", "./lib.so"}, "", "", false},
		{[]string{"prog", "./script"}, "", "", false},
		{[]string{"prog", "./x.conf"}, "", "", false},
		{[]string{"./r.conf"}, "", "", false}, // package elfdeps has the error
		{[]string{"prog", "r.conf"}, "r.conf" + conf, "add it with --conf r.conf if it is a configuration file, else with --copy r.conf:/etc/app/r.conf", true},
		{[]string{"prog", "./r.conf:/x"}, "./r.conf" + conf, "add it with --conf ./r.conf:/x if it is a configuration file, else with --copy ./r.conf:/x", true},
		{[]string{"prog", "/w/r.conf"}, "/w/r.conf" + conf, "add it with --conf /w/r.conf if it is a configuration file, else with --copy /w/r.conf", true},
		{[]string{"prog", "two words"}, "two words" + conf, "add it with --conf 'two words' if it is a configuration file, else with --copy 'two words:/etc/app/two words'", true},
		{[]string{"prog", "empty"}, "empty" + conf, "add it with --conf empty if it is a configuration file, else with --copy empty:/etc/app/empty", true},
		{[]string{"prog", "site"}, "site: a directory, not a program", "add it with --copy site:/etc/app/site", true},
		{[]string{"prog", "lib.so"}, "lib.so: no such program" + noSuch, "name the file in this directory: ./lib.so", false},
		{[]string{"prog", "nosuch"}, "nosuch: no such program" + noSuch, "install it, or name it by its path", false},
		{[]string{"prog", "help"}, "help: no such program" + noSuch, "install it, or name it by its path", false},
		{[]string{"help"}, "help: no such program, and mkrootfs has no subcommands", "run mkrootfs --help", true},
		{[]string{"build", "prog"}, "build: no such program, and mkrootfs has no subcommands", "run mkrootfs PROGRAM", true},
		{[]string{"pack"}, "pack: no such program" + noSuch, "name the file in this directory: ./pack", false},
	} {
		programs, errs := s.FindAll(tc.args)
		if len(programs) != len(tc.args) || len(errs) > 1 || len(errs) == 0 != (tc.err == "") {
			t.Errorf("%q: %+v, %v", tc.args, programs, errs)
			continue
		}
		if tc.err == "" {
			continue
		}
		var text, hint string
		switch err := errs[0].(type) { //nolint:errorlint // exactly these types
		case *usererr.UsageError:
			text, hint = err.Text, err.Hint
		case *usererr.HintedError:
			text, hint = err.Error(), err.Hint
		}
		_, isUsage := errs[0].(*usererr.UsageError) //nolint:errorlint // as above
		if text != tc.err || hint != tc.hint || isUsage != tc.isUsage {
			t.Errorf("%q:\n%q\n%q", tc.args, text, hint)
		}
	}
}
