package dest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fakeMedium records its steps, and fails at one of them.
type fakeMedium struct {
	name   string
	failAt string
	log    *[]string
}

func (m *fakeMedium) step(name string) error {
	*m.log = append(*m.log, name+" "+m.name)
	if m.failAt == name {
		return &fs.PathError{Op: name, Path: "temporary", Err: syscall.EIO}
	}
	return nil
}

func (m *fakeMedium) Finish() error                { return Error(m.name, m.step("finish")) }
func (m *fakeMedium) Stage(context.Context) error  { return Error(m.name, m.step("stage")) }
func (m *fakeMedium) Commit(context.Context) error { return Error(m.name, m.step("commit")) }
func (m *fakeMedium) Settle() error                { return m.step("settle") }
func (m *fakeMedium) Abandon()                     { _ = m.step("abandon") }

// TestOutputSteps checks that if any step fails, either no output has changed, or the
// error lists those that have.
func TestOutputSteps(t *testing.T) {
	const cannot = ": cannot be written: input/output error"
	tests := []struct {
		output, failAt string
		sent           []string
		want           string
		committed      string // in this order
	}{
		{"", "", nil, "", "b a c"},
		{"a", "finish", nil, "a" + cannot, ""},
		{"c", "stage", nil, "c" + cannot, ""},
		{"c", "stage", []string{"x in docker"}, "c" + cannot + "; already written: x in docker; unchanged: a, b, c", ""},
		{"b", "commit", nil, "b" + cannot, "b"},
		{"b", "commit", []string{"x in docker"}, "b" + cannot + "; already written: x in docker; unchanged: b, a, c", "b"},
		{"a", "commit", nil, "a" + cannot + "; already written: b; unchanged: a, c", "b a"},
		{"c", "commit", nil, "c" + cannot + "; already written: b, a; unchanged: c", "b a c"},
		{"b", "settle", nil, "b: its directory cannot be synced: input/output error; already written: b, a, c", "b a c"},
	}
	for _, tt := range tests {
		t.Run(tt.output+" "+tt.failAt, func(t *testing.T) {
			var log []string
			var set Set
			for _, name := range []string{"a", "b", "c"} {
				m := &fakeMedium{name: name, log: &log}
				if name == tt.output {
					m.failAt = tt.failAt
				}
				set = append(set, &Destination{Medium: m, Name: name, Real: "/" + name, First: name == "b"})
			}
			err := runSteps(t.Context(), set, tt.sent)
			if got := fmt.Sprint(err); err != nil && got != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			var committed []string
			for _, line := range log {
				if name, ok := strings.CutPrefix(line, "commit "); ok {
					committed = append(committed, name)
				}
			}
			if got := strings.Join(committed, " "); got != tt.committed {
				t.Errorf("committed %q, want %q", got, tt.committed)
			}
			if !slices.IsSortedFunc(log, func(a, b string) int { return stepOrder(a) - stepOrder(b) }) {
				t.Errorf("steps %q", log)
			}
		})
	}
}

// runSteps calls the steps after everything is written, as a caller does.
func runSteps(ctx context.Context, set Set, sent []string) error {
	if err := set.Finish(); err != nil {
		return Partial(err, sent, nil, set)
	}
	if err := set.Stage(ctx); err != nil {
		return Partial(err, sent, nil, set)
	}
	return set.Commit(ctx, sent)
}

func stepOrder(line string) int {
	return slices.Index([]string{"finish", "stage", "commit", "settle"}, strings.Fields(line)[0])
}

// openFiles opens files in the working directory.
func openFiles(t *testing.T, names ...string) (set Set) {
	t.Helper()
	for _, name := range names {
		d, err := OpenOutput(t.Context(), name, "a file")
		if err != nil {
			t.Fatal(err)
		}
		set = append(set, d)
	}
	return set
}

// TestCommitAfterCancel checks that Commit continues after the context has ended.
func TestCommitAfterCancel(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	set := openFiles(t, "a.tar", "b.tar")
	if err := errors.Join(set.Finish(), set.Stage(ctx)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := set.Commit(ctx, nil); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a.tar", "b.tar"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// TestCommitBlocked checks the error if another process makes a directory with the name
// of an output after the files were opened.
func TestCommitBlocked(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	set := openFiles(t, "a.tar", "b.tar", "c.tar")
	if err := errors.Join(set.Finish(), set.Stage(t.Context()), os.Mkdir("b.tar", 0o755)); err != nil {
		t.Fatal(err)
	}
	err := set.Commit(t.Context(), nil)
	want := "b.tar: cannot be written: file exists; already written: a.tar; unchanged: b.tar, c.tar"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	set.Abandon()
	if all, _ := filepath.Glob(filepath.Join(dir, ".*")); len(all) > 0 {
		t.Errorf("left behind: %v", all)
	}
}

// TestInterruption checks that the message about an interruption lists what was done.
func TestInterruption(t *testing.T) {
	for _, tt := range []struct {
		sent []string
		want string
	}{
		{nil, "interrupted; nothing was written"},
		{[]string{"localhost:5000/x@sha256:0"}, "interrupted; already written: localhost:5000/x@sha256:0; unchanged: a.tar"},
	} {
		set := Set{{Name: "a.tar", Medium: &fakeMedium{}}}
		if got := Interruption(Partial(context.Canceled, tt.sent, nil, set)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
