package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// command is a command of a session and its documented output.
type command struct {
	line   int // in the document
	text   string
	output []string
}

// session is a code block.
type session []command

// sessions returns the sessions of a Markdown document, in order.
func sessions(source []byte) []session {
	var out []session
	root := goldmark.DefaultParser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && (n.Kind() == ast.KindCodeBlock || n.Kind() == ast.KindFencedCodeBlock) {
			if s := parse(source, n.Lines()); len(s) > 0 {
				out = append(out, s)
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

// parse returns the session in the lines of a code block, nil when it has no command.
func parse(source []byte, lines *text.Segments) session {
	var s session
	continued := false
	for i := range lines.Len() {
		at := lines.At(i)
		line := strings.TrimRight(string(at.Value(source)), "\n")
		typed, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case continued:
			s[len(s)-1].text += "\n" + line
		case isCommand:
			s = append(s, command{line: 1 + strings.Count(string(source[:at.Start]), "\n"), text: typed})
		case len(s) > 0:
			s[len(s)-1].output = append(s[len(s)-1].output, line)
		}
		continued = (continued || isCommand) && strings.HasSuffix(line, `\`)
	}
	return s
}

var (
	digest = regexp.MustCompile(`[0-9a-f]{64}`)
	size   = regexp.MustCompile(`(^| +)[0-9]+(\.[0-9]+)? ?([kMG]?B)\b`)
)

// normalise replaces what depends on the machine.
func normalise(line string) string {
	line = digest.ReplaceAllString(line, "DIGEST")
	return strings.TrimRight(size.ReplaceAllString(line, " SIZE"), " ")
}

// compare returns how the output differs from the documented one, "" when it does not.
func compare(got, want []string) string {
	got, want = trim(got), trim(want)
	for len(want) > 0 {
		if want[0] == "…" {
			for skip := range len(got) + 1 {
				if compare(got[skip:], want[1:]) == "" {
					return ""
				}
			}
			return fmt.Sprintf("after …: want %q somewhere in %q", want[1:], got)
		}
		if len(got) == 0 {
			return fmt.Sprintf("the line is missing: %s", want[0])
		}
		if normalise(got[0]) != normalise(want[0]) {
			return fmt.Sprintf("printed:    %s\ndocumented: %s", got[0], want[0])
		}
		got, want = got[1:], want[1:]
	}
	if len(got) > 0 {
		return "not documented: " + strings.Join(got, "\n")
	}
	return ""
}

// trim removes empty lines at the end.
func trim(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// TestSessions runs the sessions of all documents.
func TestSessions(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append([]string{"../../README.md"}, documents...) {
		source, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(document), ".md")
		all := sessions(source)
		if len(all) == 0 {
			if name == "README" || name == "recipes" {
				t.Errorf("%s: no sessions", name)
			}
			continue
		}
		t.Run(name, func(t *testing.T) { runDocument(t, name, all) })
	}
}

func TestParse(t *testing.T) {
	const document = "# x\n\n    $ a \\\n      b\n    1\n    $ c\n\ntext\n\n    not a session\n\n```console\n$ d\n…\n```\n"
	var got []string
	for _, s := range sessions([]byte(document)) {
		for _, c := range s {
			got = append(got, fmt.Sprintf("%d: %q %q", c.line, c.text, c.output))
		}
		got = append(got, "end")
	}
	want := []string{`3: "a \\\n  b" ["1"]`, `6: "c" []`, "end", `13: "d" ["…"]`, "end"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCompare(t *testing.T) {
	sum := strings.Repeat("0f", 32)
	for _, tc := range []struct {
		got, want string
		same      bool
	}{
		{"a", "a", true},
		{"a\n\n", "a", true},
		{"a", "b", false},
		{"a\nb", "a", false},
		{"a", "a\nb", false},
		{"a b", "a  b", false},
		{"26 files, 17.6 MB, for linux", "26 files, 9 B, for linux", true},
		{"26 files, 17.6 MB", "27 files, 17.6 MB", false},
		{"x   2.39 MB /a", "x 12.39 MB /a", true},
		{"sha256:" + sum, "sha256:" + strings.Repeat("1", 64), true},
		{"sha256:0f", "sha256:10", false},
		{"a\nb\nc", "a\n…\nc", true},
		{"a\nc", "a\n…\nc", true},
		{"a\nb", "a\n…\nc", false},
		{"a\nb", "…", true},
	} {
		why := compare(strings.Split(tc.got, "\n"), strings.Split(tc.want, "\n"))
		if (why == "") != tc.same {
			t.Errorf("%q and %q: %q", tc.got, tc.want, why)
		}
	}
}
