package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

func (m *fakeMedium) finish() error                { return destError(m.name, m.step("finish")) }
func (m *fakeMedium) stage(context.Context) error  { return destError(m.name, m.step("stage")) }
func (m *fakeMedium) commit(context.Context) error { return destError(m.name, m.step("commit")) }
func (m *fakeMedium) settle() error                { return m.step("settle") }
func (m *fakeMedium) abandon()                     { _ = m.step("abandon") }

// Whatever fails, no output has changed, or the error says which ones have.
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
		{"c", "stage", []string{"x in docker"}, "c" + cannot + "; written already: x in docker; as before: a, b, c", ""},
		{"b", "commit", nil, "b" + cannot, "b"},
		{"b", "commit", []string{"x in docker"}, "b" + cannot + "; written already: x in docker; as before: b, a, c", "b"},
		{"a", "commit", nil, "a" + cannot + "; written already: b; as before: a, c", "b a"},
		{"c", "commit", nil, "c" + cannot + "; written already: b, a; as before: c", "b a c"},
		{"b", "settle", nil, "b: its directory cannot be synced: input/output error; written already: b, a, c", "b a c"},
	}
	for _, tt := range tests {
		t.Run(tt.output+" "+tt.failAt, func(t *testing.T) {
			var log []string
			w := &writer{packing: &packing{request: &request{options: &options{}}}, ui: newUI(io.Discard), sent: tt.sent}
			for _, name := range []string{"a", "b", "c"} {
				m := &fakeMedium{name: name, log: &log}
				if name == tt.output {
					m.failAt = tt.failAt
				}
				d := &destination{output: output{kind: kindTar, dest: name}, medium: m, real: "/" + name}
				if name == "b" { // layouts go first
					d.kind = kindOCIDir
				}
				w.dests = append(w.dests, d)
			}
			err := w.runSteps(t.Context())
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

// runSteps is write without the contents.
func (w *writer) runSteps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{w.finish, w.stage, w.answer} {
		if err := step(ctx); err != nil {
			return w.partial(err, nil, w.dests)
		}
	}
	return w.commit(ctx)
}

func stepOrder(line string) int {
	return slices.Index([]string{"finish", "stage", "commit", "settle"}, strings.Fields(line)[0])
}

// The commit goes on when the context has ended.
func TestCommitAfterTheEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	w := &writer{packing: &packing{}, ui: newUI(io.Discard)}
	for _, name := range []string{"a.tar", "b.tar"} {
		d, err := openDestination(ctx, output{kind: kindDocker, dest: name}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		w.dests = append(w.dests, d)
	}
	if err := errors.Join(w.finish(ctx), w.stage(ctx)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := w.commit(ctx); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a.tar", "b.tar"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// A directory that comes in the way after the files were opened.
func TestCommitBlocked(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	w := &writer{packing: &packing{}, ui: newUI(io.Discard)}
	for _, name := range []string{"a.tar", "b.tar", "c.tar"} {
		d, err := openDestination(t.Context(), output{kind: kindDocker, dest: name}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		w.dests = append(w.dests, d)
	}
	if err := errors.Join(w.finish(t.Context()), w.stage(t.Context()), os.Mkdir("b.tar", 0o755)); err != nil {
		t.Fatal(err)
	}
	err := w.commit(t.Context())
	if want := "b.tar: cannot be written: file exists; written already: a.tar; as before: b.tar, c.tar"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	w.cleanUp()
	if all, _ := filepath.Glob(filepath.Join(dir, ".*")); len(all) > 0 {
		t.Errorf("left behind: %v", all)
	}
}

// An interruption says what could not be taken back.
func TestInterruption(t *testing.T) {
	for _, tt := range []struct {
		sent []string
		want string
	}{
		{nil, "mkrootfs: error: interrupted; nothing was written\n"},
		{[]string{"localhost:5000/x@sha256:0"}, "mkrootfs: error: interrupted; written already: localhost:5000/x@sha256:0; as before: a.tar\n"},
	} {
		var stderr bytes.Buffer
		w := &writer{dests: []*destination{{output: output{dest: "a.tar"}, medium: &fakeMedium{}}}, sent: tt.sent}
		newUI(&stderr).fail(w.partial(context.Canceled, nil, w.dests))
		if got := stderr.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
