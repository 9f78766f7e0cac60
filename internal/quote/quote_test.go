package quote

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

func TestPrintable(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{"/usr/lib/libä ☃😀.so", "/usr/lib/libä ☃😀.so"},
		{`a\b`, `a\b`},
		{"\x1b]0;X\x07\n", `\x1b]0;X\x07\x0a`},
		{"a\tb\r\x7f", `a\x09b\x0d\x7f`},
		{"C1: \u009b", `C1: \u009b`},
		{"bytes: \xff\x9b", `bytes: \xff\x9b`},
		{"bidi: \u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", `bidi: \u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069`},
		{"zero width: \u200b\u200c\u200d\u200e\u200f\u2060\ufeff", `zero width: \u200b\u200c\u200d\u200e\u200f\u2060\ufeff`},
		{"lines: \u2028\u2029\u0085", `lines: \u2028\u2029\u0085`},
		{"blanks: \u00a0\u3000\u00ad", `blanks: \u00a0\u3000\u00ad`},
		{"tags: \U000e0041", `tags: \U000e0041`},
		{"\ufffd", "\ufffd"},
	} {
		if got := Printable(tc.in); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.in, got, tc.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", "''"},
		{"/usr/bin/redis-server", "/usr/bin/redis-server"},
		{"a=b", "a=b"},
		{"=ls", "'=ls'"},
		{"#x", "'#x'"},
		{"~root", "'~root'"},
		{"x$(touch PWN);y", "'x$(touch PWN);y'"},
		{"it's", `'it'\''s'`},
		{"ä", "'ä'"},
		{"a\x1b[m'\\!\n", `$'a\033[m\047\134\041\012'`},
		{"\xff\u202e", `$'\377\342\200\256'`},
		{"\ufffd\x01", `$'\357\277\275\001'`},
	} {
		if got := ShellWord(tc.in); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.in, got, tc.want)
		}
	}
	if got := ShellPath("-rf x") + " " + ShellPath("/a"); got != "'./-rf x' /a" {
		t.Error(got)
	}
	if got := ShellWords("a b", "c", ""); got != "'a b' c ''" {
		t.Error(got)
	}
}

// TestShellsAgree checks that shells parse the result of ShellWord as the original word.
func TestShellsAgree(t *testing.T) {
	all := ""
	for i := 1; i < 256; i++ {
		all += string([]byte{byte(i)})
	}
	for _, shell := range [][]string{{"bash", "-c"}, {"busybox", "sh", "-c"}} {
		t.Run(shell[0], func(t *testing.T) {
			shell[0] = testenv.Tool(t, shell[0])
			for _, s := range []string{all, "x$(touch PWN);y", "a\nb", "'", "!!", "\u202e", "-n"} {
				args := append(slices.Clone(shell[1:]), "printf %s "+ShellWord(s))
				out, err := exec.Command(shell[0], args...).Output() //nolint:gosec // what it runs is printf
				if err != nil || string(out) != s {
					t.Errorf("%q became %q, %v", s, out, err)
				}
			}
		})
	}
}

// FuzzQuote checks that results are one printable line.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;X\x07\n", "x$(touch PWN);y", "it's\xff\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, q := range []string{Printable(s), ShellWord(s), ShellPath(s)} {
			if strings.ContainsFunc(q, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Errorf("%q became %q", s, q)
			}
		}
	})
}

// TestList checks that text from outside is a word of the shell in a hint, since users
// copy hints.
func TestList(t *testing.T) {
	if got := List([]string{"a", "/x$(touch PWN);\x1b"}); got != `a, $'/x$(touch PWN);\033'` {
		t.Errorf("got %s", got)
	}
}
