package elfdeps

import (
	"slices"
	"strings"
	"testing"
)

func TestScripts(t *testing.T) {
	sh := world{"/bin/sh": "exe needs=libc.so.6", "/lib/libc.so.6": "lib", "/usr/bin/env": "exe needs=libc.so.6", "/usr/bin/py": "static"}
	with := func(w world) world {
		for name, spec := range sh {
			w[name] = spec
		}
		return w
	}
	const shell, env = "/bin/sh " + glibcLoader + " /lib/libc.so.6", "/usr/bin/env " + glibcLoader + " /lib/libc.so.6"
	play(t, []scene{
		{name: "interpreter", world: with(world{"/bin/t": "text #!/bin/sh\n"}), want: shell},
		{name: "blanks and an argument", world: with(world{"/bin/t": "text #! \t/bin/sh  -e x\t\nrest"}), want: shell},
		{name: "no newline", world: with(world{"/bin/t": "text #!/bin/sh"}), want: shell},
		{name: "relative", world: with(world{"/bin/t": "text #!sh\n"}), ask: Resolver{Dir: "/bin"}, want: shell},
		{name: "env", world: with(world{"/bin/t": "text #!/usr/bin/env py\n"}), want: env + " /usr/bin/py"},
		{name: "env with a path", world: with(world{"/bin/t": "text #!/usr/bin/env /usr/bin/py\n"}), want: env + " /usr/bin/py"},
		{name: "env in another PATH", world: with(world{"/bin/t": "text #!/usr/bin/env py\n", "/opt/py": "static"}), ask: Resolver{Path: "/none:/opt"}, want: env + " /opt/py"},
		{name: "env -S", world: with(world{"/bin/t": "text #!/usr/bin/env -S -i A=b py -u\n"}), want: env + " /usr/bin/py"},
		{name: "env -S with a PATH", world: with(world{"/bin/t": "text #!/usr/bin/env -vS PATH=/opt 'py' -u\n", "/opt/py": "static"}), want: env + " /opt/py"},
		{name: "env alone", world: with(world{"/bin/t": "text #!/usr/bin/env\n"}), want: env},
		{name: "a script for a script", world: with(world{"/bin/t": "text #!/a\n", "/a": "text #!/bin/sh\n"}), want: "/a " + shell},
		{
			name:  "env without its program",
			world: with(world{"/bin/t": "text #!/usr/bin/env pyx\n"}),
			want:  env + " InterpreterError:{/bin/t: its interpreter pyx: file does not exist in PATH}",
		},
		{
			name:  "no interpreter",
			world: with(world{"/bin/t": "text #!/none\n"}),
			want:  "InterpreterError:{/bin/t: its interpreter /none: no such file or directory}",
		},
		{
			name:  "a directory",
			world: with(world{"/bin/t": "text #!/bin\n"}),
			want:  "InterpreterError:{/bin/t: its interpreter /bin: is not executable: permission denied}",
		},
		{
			name:  "nothing behind the mark",
			world: with(world{"/bin/t": "text #! \n"}),
			want:  "InterpreterError:{/bin/t: its #! line names none: exec format error}",
		},
		{
			name:  "a name longer than the kernel reads",
			world: with(world{"/bin/t": "text #!/" + strings.Repeat("x", 300) + "\n"}),
			want:  "InterpreterError:{/bin/t: its #! line names none: exec format error}",
		},
		{
			name:  "itself",
			world: with(world{"/bin/t": "text #!/bin/t\n"}),
			want:  "InterpreterError:{/bin/t: its interpreter /bin/t: too many scripts are interpreters of one another}",
		},
		{
			name: "five in a row are the limit",
			world: with(world{
				"/bin/t": "text #!/1\n", "/1": "text #!/2\n", "/2": "text #!/3\n", "/3": "text #!/4\n", "/4": "text #!/5\n", "/5": "text #!/bin/sh\n",
			}),
			want: "/1 /2 /3 /4 /5 InterpreterError:{/5: its interpreter /bin/sh: too many scripts are interpreters of one another}",
		},
	})
	c := with(world{"/bin/t": "text #!/usr/bin/env py\n"}).run(t, Resolver{}, "/bin/t")
	if o := c.Objects[0]; o.Kind != Script || o.Interp != "/usr/bin/env" || len(o.Needed) != 2 || o.Needed[1].To.Path != "/usr/bin/py" || o.Needed[1].Rule != RulePath {
		t.Errorf("%+v", o)
	}
}

func TestSplitString(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   nil,
		" a  b\t":            {"a", "b"},
		`'a b' "c d"`:        {"a b", "c d"},
		`a\_b "a\_b"`:        {"a", "b", "a b"},
		`a\ b`:               {"a b"},
		`'it\'s' "\t"`:       {"it's", "\t"},
		`a # comment`:        {"a"},
		`a#b \# c`:           {"a#b", "#", "c"},
		`a \c b`:             {"a"},
		`''`:                 {""},
		`a"b c"d`:            {"ab cd"},
		"python3 -m x --y=z": {"python3", "-m", "x", "--y=z"},
	} {
		if got := splitString(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The program that env starts, among its options.
func TestEnvArgument(t *testing.T) {
	for arg, want := range map[string]string{
		"py":                              "py",
		"py -u":                           "py -u",
		"-S py -u":                        "py",
		"-Spy":                            "py",
		"-vS py":                          "py",
		"-iS -u HOME A=b py":              "py",
		"-S -uHOME -C / py":               "py",
		"-S -iu HOME py":                  "py",
		"-S --unset HOME --chdir=/ py":    "py",
		"-S --default-signal py":          "py",
		"--split-string=A=b py":           "py",
		"-S -S'py -u' x":                  "py",
		"-S -i -vS 'B=c py'":              "py",
		"-S - A=b py":                     "py",
		"-S -i -- A=b py":                 "py",
		"-S A=b -i py":                    "-i",
		"-S PATH=/opt:/x A=b 'a b\\_c' d": "a b\\_c",
		"-S":                              "",
		"-i":                              "",
		"-S --":                           "",
	} {
		if got, _ := envArgument(arg); got != want {
			t.Errorf("%q: got %q, want %q", arg, got, want)
		}
	}
	if _, search := envArgument("-S PATH=/opt:/x A=b py"); search != "/opt:/x" {
		t.Errorf("PATH is %q", search)
	}
}
