//go:build linux

package foreign

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// closure is the --print json form.
type closure struct {
	Objects []struct {
		Path, RealPath, Kind, Soname, Interp, Machine string

		Class  int
		Size   int64
		Needed []struct {
			Name    string
			Path    string
			FoundBy string `json:"found_by"`
		}
	}
	Files   []string
	Links   map[string]string
	Missing []struct {
		Name     string
		NeededBy string `json:"needed_by"`
		Searched []string
	}
	Errors []struct{ Kind, Path, Text string }
}

// command returns the command under test with --sysroot.
func command(tree, dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(tool, append([]string{"--sysroot", tree, "--print", "json"}, args...)...)
	cmd.Dir = filepath.Join(tree, dir)
	cmd.Env = []string{"PATH=/nowhere"}
	return cmd
}

// print runs the command. A missing library is not a failure of the test.
func print(t *testing.T, cmd *exec.Cmd) (c closure, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, errs.String())
	}
	if out.Len() == 0 {
		return c, errs.String()
	}
	if err := json.Unmarshal(mark(out.Bytes()), &c); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out.String())
	}
	return c, errs.String()
}

var surrogate = regexp.MustCompile(`\\udc([0-9a-f]{2})`)

// mark turns the escapes of bytes that are no UTF-8 into a private character
// each, since encoding/json loses lone surrogates; unmark turns them back.
func mark(b []byte) []byte { return surrogate.ReplaceAll(b, []byte(`\ue0$1`)) }

func unmark(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0xe080 && r <= 0xe0ff {
			b.WriteByte(byte(r))
		} else {
			b.WriteString(string(utf8.AppendRune(nil, r)))
		}
	}
	return b.String()
}

// answer converts a closure to the form of a loader's trace.
func (c *closure) answer() (a answer) {
	names := c.names()
	for i, o := range c.Objects {
		if i > 0 && o.Kind != "interpreter" {
			a.loaded = append(a.loaded, [2]string{unmark(names[o.Path]), unmark(o.Path)})
		}
	}
	for _, m := range c.Missing {
		if name := unmark(m.Name); !slices.Contains(a.missing, name) {
			a.missing = append(a.missing, name)
		}
	}
	for _, e := range c.Errors {
		a.fatal += e.Text + "\n"
	}
	return a
}

// names returns the names by which the objects are first requested, in the order in which
// needs are examined: breadth first. The order of Objects differs, since filters precede
// the objects that they filter.
func (c *closure) names() map[string]string {
	needs := map[string]int{}
	for i, o := range c.Objects {
		needs[o.Path] = i
	}
	names := map[string]string{}
	for queue := []int{0}; len(queue) > 0 && len(c.Objects) > 0; queue = queue[1:] {
		for _, n := range c.Objects[queue[0]].Needed {
			if _, ok := names[n.Path]; ok || n.FoundBy == "already-loaded" {
				continue
			}
			names[n.Path] = n.Name
			if i, ok := needs[n.Path]; ok {
				queue = append(queue, i)
			}
		}
	}
	return names
}

// elfFile is the part of an ELF file that the tests use.
type elfFile struct{ interp bool }

// openELF reads a file that a loader can trace; ok is false for all others.
func openELF(name string) (e elfFile, ok bool) {
	f, err := elf.Open(name)
	if err != nil {
		return e, false
	}
	defer f.Close()
	for _, p := range f.Progs {
		ok = ok || p.Type == elf.PT_DYNAMIC && p.Filesz > 0
		e.interp = e.interp || p.Type == elf.PT_INTERP
	}
	return e, ok && (f.Type == elf.ET_DYN || f.Type == elf.ET_EXEC)
}

// elfFiles lists the programs and shared objects of a tree, by their absolute
// paths inside it.
func elfFiles(t *testing.T, tree string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == tree+emulator {
			return err
		}
		if _, ok := openELF(path); ok {
			names = append(names, strings.TrimPrefix(path, tree))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
