package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// write puts files below dir, executable.
func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, data, 0o755); err != nil { //nolint:gosec // programs are executable
			t.Fatal(err)
		}
	}
}

// TestPrintJSONHoldsItsPromise validates closures of every sort against the
// published schema.
func TestPrintJSONHoldsItsPromise(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/print-json.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	loader := elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte("\x00/lib/\x00/usr/lib/\x00")}.Bytes()
	const interp = "/lib64/ld-linux-x86-64.so.2"
	write(t, root, map[string][]byte{
		"lib64/ld-linux-x86-64.so.2": loader,
		"usr/lib/liba.so":            elftest.File{Soname: "liba.so", Verdef: []string{"A_1"}}.Bytes(),
		"usr/bin/good":               elftest.File{Interp: interp, Needed: []string{"liba.so"}}.Bytes(),
		"usr/bin/lacks":              elftest.File{Interp: interp, Needed: []string{"libgone.so", "liba.so"}}.Bytes(),
		"usr/bin/newer":              elftest.File{Interp: interp, Needed: []string{"liba.so"}, Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"A_2"}}}}.Bytes(),
		"usr/bin/foreign":            elftest.File{Interp: "/lib/ld-none.so"}.Bytes(),
		"usr/bin/static":             elftest.File{Static: true}.Bytes(),
		"usr/bin/script":             []byte("#!/usr/bin/good -x\n"),
		"usr/bin/caf\xe9 =>\n(x)":    elftest.File{Interp: interp, Needed: []string{"liba.so"}}.Bytes(),
	})
	for _, tc := range []struct {
		program string
		status  int
		has     string
	}{
		{"good", 0, `"found_by":"default"`},
		{"lacks", 1, `"name":"libgone.so"`},
		{"newer", 1, `"kind":"version"`},
		{"foreign", 1, `"kind":"interpreter"`},
		{"static", 0, `"kind":"executable"`},
		{"script", 0, `"kind":"script"`},
		{"caf\xe9 =>\n(x)", 0, `"/usr/bin/caf\udce9 =>\u000a(x)"`},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), []string{"--sysroot", root, "--print", "json", "/usr/bin/" + tc.program}, strings.NewReader(""), &out, &errs)
		if status != tc.status || !strings.Contains(out.String(), tc.has) {
			t.Errorf("%s: status %d, stderr %s, stdout lacks %s:\n%s", tc.program, status, errs.String(), tc.has, out.String())
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Errorf("%s: %v", tc.program, err)
			continue
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", tc.program, err)
		}
	}
}

// TestJSONTextIsReversible: bytes that are no UTF-8 come back as they were, by
// the rule that the schema states.
func TestJSONTextIsReversible(t *testing.T) {
	for _, s := range []string{"", "plain", "caf\xe9", "\xff\xfe\x80", "tab\t\"quote\" \\ \x00\x7f", "ütf-8 ☃ 😀", "a\xf0\x9f\x98"} {
		data, err := json.Marshal(jsonText(s))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for rest := string(data[1 : len(data)-1]); rest != ""; {
			if strings.HasPrefix(rest, `\udc`) {
				one, err := hex.DecodeString(rest[4:6])
				if err != nil {
					t.Fatal(err)
				}
				b.Write(one)
				rest = rest[6:]
				continue
			}
			n := strings.Index(rest, `\udc`)
			if n < 0 {
				n = len(rest)
			}
			var text string
			if err := json.Unmarshal([]byte(`"`+rest[:n]+`"`), &text); err != nil {
				t.Fatal(err)
			}
			b.WriteString(text)
			rest = rest[n:]
		}
		if b.String() != s {
			t.Errorf("%q became %s, then %q", s, data, b.String())
		}
	}
}
