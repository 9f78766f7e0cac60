package elfdeps

import (
	"strings"
	"testing"
)

func TestScripts(t *testing.T) {
	sh := tree{"/bin/sh": "exe needs=libc.so.6", "/lib/libc.so.6": "lib", "/usr/bin/env": "exe needs=libc.so.6", "/usr/bin/py": "static"}
	with := func(w tree) tree {
		for name, spec := range sh {
			w[name] = spec
		}
		return w
	}
	const shell, env = "/bin/sh " + glibcLoader + " /lib/libc.so.6", "/usr/bin/env " + glibcLoader + " /lib/libc.so.6"
	runCases(t, []searchCase{
		{name: "interpreter", tree: with(tree{"/bin/t": "text #!/bin/sh\n"}), want: shell},
		{name: "blanks and an argument", tree: with(tree{"/bin/t": "text #! \t/bin/sh  -e x\t\nrest"}), want: shell},
		{name: "no newline", tree: with(tree{"/bin/t": "text #!/bin/sh"}), want: shell},
		{name: "relative", tree: with(tree{"/bin/t": "text #!sh\n"}), ask: Resolver{Dir: "/bin"}, want: shell},
		{name: "env", tree: with(tree{"/bin/t": "text #!/usr/bin/env py\n"}), want: env + " /usr/bin/py"},
		{name: "env with a path", tree: with(tree{"/bin/t": "text #!/usr/bin/env /usr/bin/py\n"}), want: env + " /usr/bin/py"},
		{name: "env in another PATH", tree: with(tree{"/bin/t": "text #!/usr/bin/env py\n", "/opt/py": "static"}), ask: Resolver{Path: "/none:/opt"}, want: env + " /opt/py"},
		{name: "env -S", tree: with(tree{"/bin/t": "text #!/usr/bin/env -S -i A=b py -u\n"}), want: env + " /usr/bin/py"},
		{name: "env -S with a PATH", tree: with(tree{"/bin/t": "text #!/usr/bin/env -vS PATH=/opt 'py' -u\n", "/opt/py": "static"}), want: env + " /opt/py"},
		{name: "env alone", tree: with(tree{"/bin/t": "text #!/usr/bin/env\n"}), want: env},
		{name: "a script for a script", tree: with(tree{"/bin/t": "text #!/a\n", "/a": "text #!/bin/sh\n"}), want: "/a " + shell},
		{
			name: "env without its program",
			tree: with(tree{"/bin/t": "text #!/usr/bin/env pyx\n"}),
			want: env + " InterpreterError:{/bin/t: its interpreter pyx: file does not exist in PATH}",
		},
		{
			name: "no interpreter",
			tree: with(tree{"/bin/t": "text #!/none\n"}),
			want: "InterpreterError:{/bin/t: its interpreter /none: no such file or directory}",
		},
		{
			name: "a directory",
			tree: with(tree{"/bin/t": "text #!/bin\n"}),
			want: "InterpreterError:{/bin/t: its interpreter /bin: is not executable: permission denied}",
		},
		{
			name: "nothing behind the mark",
			tree: with(tree{"/bin/t": "text #! \n"}),
			want: "InterpreterError:{/bin/t: the #! line names no interpreter: exec format error}",
		},
		{
			name: "a name longer than the kernel reads",
			tree: with(tree{"/bin/t": "text #!/" + strings.Repeat("x", 300) + "\n"}),
			want: "InterpreterError:{/bin/t: the #! line names no interpreter: exec format error}",
		},
		{
			name: "itself",
			tree: with(tree{"/bin/t": "text #!/bin/t\n"}),
			want: "InterpreterError:{/bin/t: its interpreter /bin/t: too many nested script interpreters}",
		},
		{
			name: "five in a row are the limit",
			tree: with(tree{
				"/bin/t": "text #!/1\n", "/1": "text #!/2\n", "/2": "text #!/3\n", "/3": "text #!/4\n", "/4": "text #!/5\n", "/5": "text #!/bin/sh\n",
			}),
			want: "/1 /2 /3 /4 /5 InterpreterError:{/5: its interpreter /bin/sh: too many nested script interpreters}",
		},
	})
	c := with(tree{"/bin/t": "text #!/usr/bin/env py\n"}).run(t, Resolver{}, "/bin/t")
	if o := c.Objects[0]; o.Kind != Script || o.Interp != "/usr/bin/env" || len(o.Needed) != 2 || o.Needed[1].To.Path != "/usr/bin/py" || o.Needed[1].Rule != RulePath {
		t.Errorf("%+v", o)
	}
}
