//go:build linux

package zoo

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kballard/go-shellquote"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// TestDoctor measures how well mkrootfs predicts what programs need, with their natural
// commands. Recall: of the programs that fail with --with none, the share that works by the
// default run or with the flags that its account names. Precision: of the groups above
// 128 kB that it adds, the share without which the program fails. A test uses only a part
// of its program, so the precision is a lower bound. With all programs it writes docs/zoo.md.
func TestDoctor(t *testing.T) {
	testenv.SkipSlow(t) // it takes minutes
	if os.Getuid() != 0 {
		testenv.Skip(t, "%s: not here", "root")
	}
	newChroot(t)
	var mu sync.Mutex
	var all []measurement
	t.Run("programs", func(t *testing.T) {
		for _, r := range slices.Concat(chosenRows(), moreCases(t)) {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				if what := r.lacks(); what != "" {
					testenv.Skip(t, "%s: not here", what)
				}
				m := examine(t, &r)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, m)
			})
		}
	})
	slices.SortFunc(all, func(a, b measurement) int { return strings.Compare(a.row.name, b.row.name) })
	s := total(all)
	fmt.Println(strings.Join(s.lines(), "\n"))
	if os.Getenv(allVariable) == "1" {
		if err := os.WriteFile("../../docs/zoo.md", []byte(markdown(all)), 0o644); err != nil {
			t.Error(err)
		}
	}
	if recall := s.recall(); recall < leastRecall {
		t.Errorf("recall %.2f", recall)
	}
}

// leastRecall is the recall below which TestDoctor fails.
const leastRecall = 0.75

// moreCases reads further programs from the JSON file that MKROOTFS_CASES names.
func moreCases(t *testing.T) (list []row) {
	name := os.Getenv("MKROOTFS_CASES")
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Args, Server, Inspect, Probe, Stdin, Expect, Status string
		Packages, Cmd                                             []string
		StdinHex                                                  string `json:"stdin_hex"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Inspect != "" {
			continue
		}
		if c.StdinHex != "" {
			b, _ := hex.DecodeString(c.StdinHex)
			c.Stdin = string(b)
		}
		args, with := splitWith(t, strings.ReplaceAll(c.Args, "ZOO", strings.TrimSuffix(name, "/cases.json")))
		list = append(list, row{
			name: "more-" + c.Name, packages: strings.Join(c.Packages, " "), pack: args, add: with,
			run: shellquote.Join(c.Cmd...), stdin: c.Stdin, probe: c.Probe, want: "(?m)" + c.Expect, fails: c.Status == "any",
			beside: strings.ReplaceAll(c.Server, "$T/", ""),
		})
	}
	return list
}

// splitWith removes --with GROUP from arguments.
func splitWith(t *testing.T, text string) (args, with string) {
	t.Helper()
	words, err := shellquote.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.Index(words, "--with"); i >= 0 && i+1 < len(words) {
		with = words[i+1]
		words = slices.Delete(words, i, i+2)
	}
	return shellquote.Join(words...), with
}
