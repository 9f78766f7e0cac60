package shellscript

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// text returns the commands as words: NAME for one that is certain, NAME~ for one that
// is not, NAME? for an optional one.
func text(s Script) string {
	var words []string
	for _, c := range s.Commands {
		switch {
		case c.Optional:
			words = append(words, c.Name+"?")
		case c.Certain:
			words = append(words, c.Name)
		default:
			words = append(words, c.Name+"~")
		}
	}
	return strings.Join(words, " ")
}

func TestParseFile(t *testing.T) {
	if got := text(ParseFile("/usr/bin/x", "exec $0.bin \"$@\"")); got != "/usr/bin/x.bin" {
		t.Error(got)
	}
}

func TestCommands(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"nothing", "", ""},
		{"comments", "#!/bin/sh\n# sed x\n", ""},
		{"builtins and reserved words", "cd /; echo a; [ -n x ]; while :; do break; done; export A=b; { true; }", ""},
		{"simple commands", "sed -n p x\n/usr/bin/awk '{print}' <y >z\n", "sed /usr/bin/awk"},
		{"once each", "a; b; a", "a b"},
		{"pipelines, subshells, lists", "a | b; (c; d) & e && f\n! g", "a b c d e f~ g"},
		{"command substitutions", "x=$(a \"`b`\")\necho \"$(c)\" ${x:-$(d)} <(e)\ncat <<E\n$(f)\nE\n", "b a c d e f cat"},
		{"substitutions in declarations", "export X=$(a)\nlocal y=$(b)", "a b"},
		{"leading assignments", "LC_ALL=C sort", "sort"},
		{"conditions and loops", "if a; then b; elif c; then d; else e; fi\nwhile f; do g; done\nuntil h; do i; done", "a b~ c~ d~ e~ f g~ h i~"},
		{"for with literals runs, another may not", "for i in 1 2; do a; done; for i in *.c $(x); do b; done; for i; do c; done", "a x b c~"},
		{"case", "case $(a) in x|$(b)) c;; *) d;; esac", "a b~ c~ d~"},
		{"arithmetic and tests", "((x = $(a))); [[ -n $(b) && $x = y ]]; let x=1", "a b"},
		{"functions are no commands", "f() { a; }\nf\nif x; then g; fi\ng() { b; f; }\nh() { c; }", "a x b~ c~"},
		{"a function that is called for certain later", "g() { a; }; if x; then g; fi; g", "x a"},
		{"recursive functions", "f() { a; g; }; g() { f; b; }; f", "a b"},
		{"after exit nothing runs", "a; exit 0; b", "a"},
		{"after exec nothing runs", "exec a; b", "a"},
		{"exec with redirections only", "exec 3>&1; a", "a"},
		{"exit in a condition", "if x; then exit; fi; a; (exit 1); b", "x a b"},
		{"a function that exits", "die() { echo \"$1\"; exit 1; }; a; die x; b", "a"},
		{"the rest of the file may be anything", "a\nexit\n\x00((( ) '", "a"},
		{"syntax error", "a\nif then (", "a"},
		{"not UTF-8", "# \xe4\na '\xff'; b", "a b"},
		{"a statement that is too long", "a\nb " + strings.Repeat("x ", maxStatement) + "\nc", "a"},

		{"variables", "P=/usr/bin/x\nQ=\"$P.y\"\n\"$P\" -a; ${Q}", "/usr/bin/x /usr/bin/x.y"},
		{"a variable with arguments", "S='sed -n'\n$S p; \"$S\" p", "sed"},
		{"defaults", "${SED:-sed} x; ${AWK-awk}; ${A:=a}; : ${B:=b}; $B; : ${C=c}; C=d; $C", "sed awk a b"},
		{"a default of itself", "SED=${SED:-sed}; $SED", "sed"},
		{"an empty variable and a default", "A=; ${A:-a}", "a"},
		{"unknown names", "$X; \"$1\" a; \"$(a)/b\"; X=$1; ${Y}z; ./rel; ../x; ~/x; a*; \"${0%/*}/x\"", "a"},
		{"more than one value", "A=a; if x; then A=b; fi; $A; ${A:-c}", "x"},
		{"appended, read, arrays", "A=a; A+=b; $A; B=b; read -r B; $B; C=(c); ${C[0]}; $C", ""},
		{"a loop over names", "for p in a b; do $p -x; done", "a b"},
		{"a loop over names in another variable", "L=a; for p in $L b; do /opt/$p/bin/x; done", "/opt/a/bin/x /opt/b/bin/x"},
		{"variables of each other", "A=$B; B=$A; $A; ${A:-x}", ""},
		{"backslashes and quotes", "\\ls; 'g'r\"ep\"; l\\s", "ls grep"},

		{"commands that start commands", "nice -n 5 a; nohup b; timeout -k 5 10s c; xargs -0 -n 1 d; env -i A=b e; exec -a x f", "nice a nohup b timeout c xargs d env e f"},
		{"command and builtin", "command a; command -p b; builtin cd", "a b"},
		{"sudo and su", "sudo -u x -- a -b; sudo A=b c; su - x -c 'd | e'; su -c \"f\"", "sudo a c su d e f"},
		{"nested", "sudo env A=b nice xargs sh -c 'a; b'", "sudo env nice xargs sh a b"},
		{"shells", "sh -c 'a $x'; bash -ec \"b; c\"; sh -c \"$X\"; sh file", "sh a bash b c"},
		{"find", "find . -name x -exec a {} \\; -o -exec sh -c 'b' + -print", "find a~ sh~ b~"},
		{"eval and trap", "eval 'a; b'; eval c d; eval \"$x\"; trap 'rm -f x' EXIT", "a b c rm~"},
		{"eval in eval", `eval 'eval "eval a"'`, "a"},
		{"inner options that are unknown", "env $OPTS", "env"},

		{"checked", "command -v a >/dev/null && a; type b || x; which c; if hash d; then d; fi", "a? b? x~ which~ c? d?"},
		{"checked elsewhere", "a; X=$(command -v a)", "a?"},
		{"checked by a path", "[ -x /bin/a ] && /bin/a; test -x /bin/b; [[ -x /bin/c ]]; /bin/d; [ -f /bin/d ]", "/bin/a? /bin/b? /bin/c? /bin/d?"},
		{"checked by a function", "have() { command -v \"$1\" >/dev/null 2>&1; }; if have a; then a; fi; b", "a? b"},
		{"required", "command -v a >/dev/null || { echo no; exit 1; }; a", "a"},
		{"required by if", "if ! command -v a; then echo no; exit 1; fi; if command -v b; then b; else die; fi; die() { exit 2; }", "a b"},
		{"required by a function", "die() { exit 1; }; type a || die x; ! type b && exit 1", "a b"},
		{"required by a loop", "for t in a b; do command -v $t || exit 1; done", "a b"},
		{"not required", "[ -x /sbin/a ] || exit 0; /sbin/a", "/sbin/a?"},
		{"with a fallback", "a || true; b || c; d || exit 1", "a? b? c~ d"},
		{"not only with a fallback", "a || true; a", "a"},
		{"a pipeline with a fallback", "a | b || :", "a? b?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := text(Parse(tc.script)); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestCommandLines parses strings that programs give to system(3).
func TestCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"gzip -dc %s":                      "gzip",
		"zcat '%s' | tar xf - 2>/dev/null": "zcat tar",
		"/usr/sbin/sendmail -t -i":         "/usr/sbin/sendmail",
		"%s -h":                            "",
		"cd %s && ls >%s":                  "ls~",
		"test -x /usr/bin/x && /usr/bin/x": "/usr/bin/x?",
	} {
		if got := text(Parse(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	s := Parse("#!/bin/sh\n\na\nif x; then\n  b\nfi\neval '\n\nc'\nb\n")
	var lines []int
	for _, c := range s.Commands {
		lines = append(lines, c.Line)
	}
	if got := fmt.Sprint(lines); got != "[3 4 5 7]" {
		t.Error(got)
	}
}

func TestLast(t *testing.T) {
	for _, tc := range []struct{ script, want string }{
		{"exec /usr/lib/x/x.bin \"$@\"", "exec /usr/lib/x/x.bin []"},
		{"X=/usr/lib\nA=b exec -a x $X/y -f \"$@\"", "exec /usr/lib/y [-f]"},
		{"exec ${1+\"$@\"} x", "exec x []"},
		{"exec \"$ROOT/libexec/pyenv\" exec \"$program\" \"$@\"", "exec  [exec ]"},
		{"exec env A=b /x/y $@", "exec /x/y []"},
		{"{ /x/y \"$@\"; }", "/x/y []"},
		{"exec x", ""},
		{"f() { x; }; f \"$@\"", ""},
		{"x \"$@\"; true", ""},
		{"set -- \"$@\"", ""},
		{"exec x \"$@\"\n(", ""},
		{"if a; then exec x \"$@\"; fi", ""},
		{"exec \"$@\"", ""},
	} {
		got := ""
		if last := Parse(tc.script).Last; last != nil {
			got = fmt.Sprintf("%s %s", last.Name, last.Args)
			if last.Exec {
				got = "exec " + got
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.script, got, tc.want)
		}
	}
}

// TestLimits parses texts that nest deeply or grow, and checks that the time and memory
// are bounded.
func TestLimits(t *testing.T) {
	double := "A=\n"
	for i := range 64 {
		double += fmt.Sprintf("A%d=\"$A%d$A%d\"\n", i+1, i, i)
	}
	calls := "f0() { a; }\n"
	for i := range 400 {
		calls += fmt.Sprintf("f%d() { f%d; f%d; eval f%d; }\n", i+1, i, i, i)
	}
	for name, text := range map[string]string{
		"brackets":   strings.Repeat("((", maxText),
		"subshells":  strings.Repeat("$(", maxText),
		"variables":  double + "$A64",
		"functions":  calls + "f400",
		"texts":      "X='eval \"$X\"; eval \"$X\"'\neval \"$X\"",
		"long texts": "X='" + strings.Repeat("a;", 9000) + "'\n" + strings.Repeat("eval \"$X\"\n", 9000),
		"many names": manyNames(),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := Parse(text)
		runtime.ReadMemStats(&after)
		if len(s.Commands) > maxCommands {
			t.Errorf("%s: %d commands", name, len(s.Commands))
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
			t.Errorf("%s: %d MiB", name, used)
		}
	}
}

func manyNames() string {
	var b strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&b, "c%d\n", i)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"#!/bin/sh\nset -e\nf() { sed \"$1\" | awk '{ print }'; }\nf x || exit 1\n",
		"for t in curl jq; do command -v \"$t\" >/dev/null || { echo no; exit 1; }; done",
		"P=/usr/bin/x; Q=${P:-y}; exec \"$Q\" -a ${1+\"$@\"}",
		"find . -exec sh -c 'rm \"$1\"' _ {} + ; xargs -0 nice -n 5 timeout 5 a",
		"if ! [ -x /bin/a ]; then case $1 in a) b;; esac; else eval 'trap \"rm x\" 0'; fi",
		"cat <<E | sed -e \"$(a)\"\n`b`\nE\n[[ -x /bin/x && $y =~ z ]] && ((a++))",
		"time -p a; coproc b { c; }; declare -a x=($(d)); let x=1; select i in a; do e; done",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Parse(text)
		for _, c := range s.Commands {
			if !isCommandName(c.Name) || IsBuiltin(c.Name) || c.Certain && c.Optional || c.Line < 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
