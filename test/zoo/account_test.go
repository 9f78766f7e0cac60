//go:build linux

package zoo

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/go-units"
)

// account is what mkrootfs says about a command.
type account struct {
	groups []group  // those that it added
	hints  []string // the lines of hints, and of warnings that name a flag
	flags  []string // the flags with their values that these lines name
}

// group is a group of files in an image.
type group struct {
	name string
	size int64 // bytes; 0 if the account does not say
}

var (
	// groupLine matches "  + netbase 16 kB  curl looks up hosts and ports".
	groupLine = regexp.MustCompile(`^  \+ ([a-z][a-z0-9-]*)(?: ([\d.]+ ?[kMG]?B))?  \S`)
	// flagWords matches a flag with its value in a hint.
	flagWords = regexp.MustCompile(`(--(?:with|package|copy|mkdir|account|lib|cmd|volume)|-u|--user) ('[^']*'|"[^"]*"|[^\s,;()]+)`)
)

// parseAccount reads what a run of mkrootfs printed.
func parseAccount(text string) (account, error) {
	var a account
	for line := range strings.Lines(text) {
		if m := groupLine.FindStringSubmatch(line); m != nil {
			g := group{name: m[1]}
			if m[2] != "" {
				var err error
				if g.size, err = units.FromHumanSize(strings.ReplaceAll(m[2], " ", "")); err != nil {
					return a, fmt.Errorf("%q: %w", line, err)
				}
			}
			a.groups = append(a.groups, g)
			continue
		}
		flags := flagWords.FindAllStringSubmatch(line, -1)
		hint := strings.HasPrefix(line, "mkrootfs: hint:")
		if !hint && (!strings.HasPrefix(line, "mkrootfs: warning:") || flags == nil) {
			continue
		}
		a.hints = append(a.hints, strings.TrimSpace(line))
		for _, m := range flags {
			flag := m[1] + " " + strings.Trim(m[2], `'"`)
			if example(m[2]) || slices.Contains(a.flags, flag) {
				continue
			}
			a.flags = append(a.flags, flag)
		}
	}
	return a, nil
}

// example reports whether the value of a flag stands for one that the user has to choose:
// "NAME", "src=…".
func example(value string) bool {
	return strings.Contains(value, "…") || value == strings.ToUpper(value) && strings.ToLower(value) != value
}

// account runs mkrootfs without writing anything. The account of a command that mkrootfs
// refuses has the hints that came with the error.
func (r *row) account(t *testing.T, dir string) account {
	t.Helper()
	args, err := r.words()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, append([]string{"-n"}, args...)...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	a, err := parseAccount(string(out))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestParseAccount(t *testing.T) {
	a, err := parseAccount(`git: 12 files, 6.75 MB, for linux/amd64
  + passwd  root, nonroot, nobody (git looks up users)
  + netbase 16 kB  git looks up hosts and ports
  + -g 'daemon off;'  git stays in the foreground
mkrootfs: hint: git converts character sets: add --with gconv (8.09 MB)
mkrootfs: hint: the image has no sed: add --with helpers, or name it as PROGRAM
mkrootfs: warning: python3 does not start without its standard library: add --with data (37 MB)
mkrootfs: warning: a set-id file
`)
	if err != nil {
		t.Fatal(err)
	}
	if want := []group{{"passwd", 0}, {"netbase", 16000}}; !slices.Equal(a.groups, want) {
		t.Errorf("groups %v, want %v", a.groups, want)
	}
	if want := []string{"--with gconv", "--with helpers", "--with data"}; !slices.Equal(a.flags, want) || len(a.hints) != 3 {
		t.Errorf("flags %q in %q, want %q", a.flags, a.hints, want)
	}
}
