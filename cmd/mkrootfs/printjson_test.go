package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// write writes executable files below dir.
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

// TestPrintJSONSchema validates the output for all kinds of closures against the
// published schema.
func TestPrintJSONSchema(t *testing.T) {
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
		"usr/bin/incomplete":         elftest.File{Interp: interp, Needed: []string{"libgone.so", "liba.so"}}.Bytes(),
		"usr/bin/newer":              elftest.File{Interp: interp, Needed: []string{"liba.so"}, Verneed: []elftest.Verneed{{File: "liba.so", Versions: []string{"A_2"}}}}.Bytes(),
		"usr/bin/foreign":            elftest.File{Interp: "/lib/ld-none.so"}.Bytes(),
		"usr/bin/static":             elftest.File{Static: true}.Bytes(),
		"usr/bin/script":             []byte("#!/usr/bin/good -x\n"),
		"usr/bin/env":                elftest.File{Interp: interp, Needed: []string{"liba.so"}}.Bytes(),
		"usr/bin/by-env":             []byte("#!/usr/bin/env good\n"),
		"usr/bin/text":               []byte("words\n"),
		"usr/bin/caf\xe9 =>\n(x)":    elftest.File{Interp: interp, Needed: []string{"liba.so"}}.Bytes(),
	})
	for _, tc := range []struct {
		program string
		status  int
		has     string
	}{
		{"good", 0, `"found_by":"default"`},
		{"incomplete", 1, `"name":"libgone.so"`},
		{"newer", 1, `"kind":"version"`},
		{"foreign", 1, `"kind":"interpreter"`},
		{"static", 0, `"kind":"executable"`},
		{"script", 0, `"kind":"script"`},
		{"by-env", 0, `"found_by":"path"`},
		{"text", 1, `"kind":"fatal","path":"/usr/bin/text"`},
		{"caf\xe9 =>\n(x)", 0, `"/usr/bin/caf\udce9 =>\u000a(x)"`},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), []string{"--sysroot", root, "--print", "json", "/usr/bin/" + tc.program}, strings.NewReader(""), &out, &errs)
		if status != tc.status || !strings.Contains(out.String(), tc.has) {
			t.Errorf("%s: status %d, stderr %s, stdout without %s:\n%s", tc.program, status, errs.String(), tc.has, out.String())
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

// TestPrintJSONListsTheTree checks that files and links are those of --print list.
func TestPrintJSONListsTheTree(t *testing.T) {
	root := t.TempDir()
	const interp = "/lib64/ld-linux-x86-64.so.2"
	write(t, root, map[string][]byte{
		"usr/lib64/ld-2.so":         elftest.File{Soname: "ld-linux-x86-64.so.2", Payload: []byte("\x00/lib/\x00/usr/lib/\x00")}.Bytes(),
		"usr/lib/x/liba.so.1.0":     elftest.File{Soname: "liba.so.1", Needed: []string{"libb.so"}, Runpath: "$ORIGIN/../x-y"}.Bytes(),
		"usr/lib/x-y/libb.so":       elftest.File{Soname: "libb.so"}.Bytes(),
		"usr/bin/p":                 elftest.File{Interp: interp, Needed: []string{"liba.so.1", "/lib/../lib/liba.so"}, Runpath: "$ORIGIN/../lib/x:/usr/lib/x-y"}.Bytes(),
		"usr/share/s/script":        []byte("#!/bin/p -x\n"),
		"home/away/moves":           elftest.File{Interp: interp, Needed: []string{"libc-of-mine.so"}, Runpath: "$ORIGIN"}.Bytes(),
		"home/away/libc-of-mine.so": elftest.File{}.Bytes(),
	})
	for link, text := range map[string]string{
		"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "usr/lib64/ld-linux-x86-64.so.2": "ld-2.so",
		"usr/lib/x/liba.so.1": "liba.so.1.0", "usr/lib/liba.so": "/usr/lib/x/liba.so.1",
		"usr/lib/x/libb.so": "../x-y/libb.so",
	} {
		if err := os.Symlink(text, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"/bin/p", "/usr/share/s/script", "/home/away/moves"} {
		say := func(args ...string) []byte {
			var out, errs bytes.Buffer
			args = append([]string{"--sysroot", root}, append(args, program)...)
			if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status != 0 {
				t.Fatalf("%q: status %d, %s", args, status, errs.String())
			}
			return out.Bytes()
		}
		var got, composed struct {
			Files []string
			Links map[string]string
		}
		if err := errors.Join(json.Unmarshal(say("--print", "json"), &got), json.Unmarshal(say("--print", "json", "--with", "none"), &composed)); err != nil {
			t.Fatal(err)
		}
		if list := string(say("--print", "list", "--with", "none")); strings.Join(got.Files, "\n")+"\n" != list || !maps.Equal(got.Links, composed.Links) {
			t.Errorf("%s: json has\n%s\n%v\nthe tree\n%s\n%v", program, strings.Join(got.Files, "\n"), got.Links, list, composed.Links)
		}
	}
}
