//go:build linux

package zoo

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/go-units"
	"github.com/kballard/go-shellquote"

	"github.com/mkrootfs/mkrootfs/internal/testenv"
)

// small is the size in bytes up to which an unneeded group does not count against the
// precision: users, /tmp, nsswitch.conf, services, openssl.cnf, libgcc_s.so.1, a shell.
const small = 128 << 10

// verdict compares the groups that mkrootfs named for a program with those that it needs.
type verdict struct {
	name     string
	fails    bool     // without any group
	named    bool     // and works with the groups that the account and its hints name
	needed   []string // larger groups that were named and that it fails without; "+NAME" was added
	needless []string // larger groups that were named and that it can do without
}

// TestDoctor measures how well mkrootfs predicts the groups that programs need. Recall:
// of the programs that fail with --with none, the share that works with the groups that
// the default run adds or hints at. Precision: of the groups above 128 kB that it adds or
// hints at, the share without which the program fails. A test uses only a part of its
// program, so the precision is a lower bound.
func TestDoctor(t *testing.T) {
	testenv.SkipSlow(t) // it takes minutes
	if os.Getuid() != 0 {
		testenv.Skip(t, "%s: not here", "root")
	}
	w := newChroot(t)
	var mu sync.Mutex
	var all []verdict
	t.Run("programs", func(t *testing.T) {
		for _, r := range slices.Concat(rows(), moreCases(t)) {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				if what := r.lacks(); what != "" {
					testenv.Skip(t, "%s: not here", what)
				}
				v := examine(t, w, &r)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, v)
			})
		}
	})
	report(t, all)
}

// report logs the two numbers and what they are computed from.
func report(t *testing.T, all []verdict) {
	slices.SortFunc(all, func(a, b verdict) int { return strings.Compare(a.name, b.name) })
	fails, named := 0, 0
	needed, needless := map[string]int{}, map[string]int{}
	for _, v := range all {
		for _, g := range v.needed {
			needed[g]++
		}
		for _, g := range v.needless {
			needless[g]++
		}
		switch {
		case v.named:
			named++
			fails++
		case v.fails:
			fails++
			t.Logf("not named: what %s needs", v.name)
		}
	}
	var right, total [2]int // hinted, added
	names := slices.Concat(slices.Collect(maps.Keys(needed)), slices.Collect(maps.Keys(needless)))
	slices.Sort(names)
	for _, g := range slices.Compact(names) {
		i := strings.Count(g, "+")
		right[i] += needed[g]
		total[i] += needed[g] + needless[g]
		t.Logf("%s: needed by %d, not by %d", g, needed[g], needless[g])
	}
	recall := float64(named) / float64(max(fails, 1))
	fmt.Printf("the doctor: of %d programs %d fail with --with none; what they need was named for %d: recall %.2f\n", len(all), fails, named, recall)
	fmt.Printf("the doctor: of the groups above 128 kB the test needed %d of %d added, %d of %d hinted at: precision %.2f\n",
		right[1], total[1], right[0], total[0], float64(right[0]+right[1])/float64(max(total[0]+total[1], 1)))
	if recall < 0.9 {
		t.Errorf("recall %.2f", recall)
	}
}

// examine packs a row without groups, with those named, and without each of
// the larger of these.
func examine(t *testing.T, w world, r *row) verdict {
	v := verdict{name: r.name}
	dir := r.prepare(t)
	groups, added := account(t, dir, r)
	names := slices.Sorted(maps.Keys(groups))
	with := func(names []string) bool {
		err := r.try(t.Context(), w, dir, "--with", strings.Join(append([]string{"none"}, names...), ","))
		return err == nil
	}
	v.fails = !with(nil)
	v.named = v.fails && with(names)
	for i, g := range names {
		if groups[g] <= small {
			continue
		}
		shown := g
		if added[g] {
			shown = "+" + g
		}
		if v.fails && (!v.named || !with(slices.Concat(names[:i], names[i+1:]))) {
			v.needed = append(v.needed, shown)
		} else {
			v.needless = append(v.needless, shown)
		}
	}
	return v
}

// accountLine matches a line that names a group: "  + ca-certs 225 kB  curl verifies
// servers", without a size below 1 kB, or "hint: vim converts character sets: add --with
// gconv (8.09 MB)".
var accountLine = regexp.MustCompile(`(?m)^  \+ (\S+)(?: ([\d.]+ [kMG]?B))?  |--with (\S+) \(([\d.]+ [kMG]?B)\)$`)

// account returns the groups that a default run adds or hints at, with sizes,
// and which are added.
func account(t *testing.T, dir string, r *row) (groups map[string]int64, added map[string]bool) {
	t.Helper()
	args, err := r.words()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, append([]string{"-n"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("mkrootfs -n %s: %v\n%s", r.pack, err, out)
	}
	groups, added = map[string]int64{}, map[string]bool{}
	for _, m := range accountLine.FindAllStringSubmatch(string(out), -1) {
		n, err := units.FromHumanSize(cmp.Or(m[2]+m[4], "0"))
		if err != nil {
			t.Fatal(err)
		}
		groups[m[1]+m[3]] = n
		added[m[1]] = true
	}
	return groups, added
}

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
