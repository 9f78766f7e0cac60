package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

var update = flag.Bool("update", false, "write the manual page")

// special matches characters that are markup in Markdown.
var special = regexp.MustCompile("[\\\\`*_{}\\[\\]()#+.!|<>-]")

func escape(s string) string { return special.ReplaceAllString(s, `\$0`) }

// manualPage returns the manual page, which md2man makes from the help in Markdown.
func manualPage() []byte {
	var b strings.Builder
	fmt.Fprint(&b, "% MKROOTFS 1\n\n# NAME\n\nmkrootfs - turn a program into the smallest container image that runs it\n\n")
	fmt.Fprintf(&b, "# SYNOPSIS\n\n**mkrootfs** %s\n\n", escape(strings.TrimPrefix(synopsis, "mkrootfs ")))
	fmt.Fprintf(&b, "# DESCRIPTION\n\n%s\n\n%s\n", escape(helpSummary), escape(helpPrograms))
	fmt.Fprint(&b, "# EXAMPLES\n\n")
	for _, e := range helpExamples {
		fmt.Fprintf(&b, "**%s**\n: %s\n\n", escape(e.command), escape(e.makes))
	}
	for _, g := range flagGroups(&request{}) {
		fmt.Fprintf(&b, "# %s\n\n", strings.ToUpper(g.Title))
		for _, f := range g.Flags {
			name := "--" + f.Name
			if f.Short != "" {
				name = "-" + f.Short + ", " + name
			}
			value := ""
			switch {
			case f.Optional != "":
				value = "[=*" + escape(f.Value) + "*]"
			case f.Value != "":
				value = " *" + escape(f.Value) + "*"
			}
			fmt.Fprintf(&b, "**%s**%s\n: %s\n\n", escape(name), value, escape(f.Usage))
		}
	}
	fmt.Fprintf(&b, "# EXIT STATUS\n\n%s\n", escape(strings.TrimPrefix(helpStatus, "Exit status: ")))
	return md2man.Render([]byte(b.String()))
}

// TestManualPage checks that the manual page agrees with --help. With -update it writes
// the page.
func TestManualPage(t *testing.T) {
	const name = "../../docs/mkrootfs.1"
	page := manualPage()
	if *update {
		if err := os.WriteFile(name, page, 0o644); err != nil { //nolint:gosec // everyone may read it
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != string(want) {
		t.Error("docs/mkrootfs.1 is out of date: go test ./cmd/mkrootfs -run TestManualPage -update")
	}
}
