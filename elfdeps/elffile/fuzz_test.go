package elffile

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
	"github.com/mkrootfs/mkrootfs/internal/extent"
)

// FuzzNotes reads what any bytes declare in .note.dlopen, as a descriptor and
// as a whole file: it may be refused, and whatever is believed has a name.
func FuzzNotes(f *testing.F) {
	for _, text := range []string{
		`[{"soname":["liba.so.1"],"feature":"x","description":"y","priority":"required"}]`,
		`{"soname":"libb.so"}`, `[{"soname":[]}]`, `[{`, `null`, "[{\"soname\":[\"\xff\"]}]\x00",
	} {
		f.Add([]byte(text))
		f.Add(elftest.File{Notes: []elftest.Note{{Owner: "FDO\x00", Type: noteDlopen, Desc: []byte(text)}}}.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		notes, _ := parseDlopenNote(b)
		inFile, _ := ask(b, (*File).DlopenNotes)
		for _, n := range append(notes, inFile...) {
			if len(n.Sonames) == 0 || n.Priority == "" {
				t.Errorf("%+v", n)
			}
		}
		_, _ = ask(b, (*File).IsGo)
		_, _ = ask(b, (*File).Imports)
	})
}

// FuzzReader reads any file as ELF: it may be refused, at a place inside reason.
func FuzzReader(f *testing.F) {
	for _, b := range testtree.Seeds() {
		f.Add(b)
	}
	f.Add(testtree.SixBytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		file := Read(r, int64(len(b)), "f")
		if file.Err != nil {
			t.Errorf("reading fails: %v", file.Err)
		}
		if e := file.Malformed; e != nil && (e.Offset < 0 || e.Msg == "") {
			t.Errorf("%+v", e)
		}
		if len(b) >= 64 && file.IsELF() {
			_, _ = file.Defines(r, "stdin", "x")
			_ = ReadAs(r, int64(len(b)), "f", Read(bytes.NewReader(testtree.Seeds()[1]), 1<<12, ""))
		}
	})
}

// FuzzLiterals compares the search in pieces with one in the whole, for all strings and
// for paths.
func FuzzLiterals(f *testing.F) {
	f.Add([]byte("\x00abc\x00ab\x00\x01abc\x00"+strings.Repeat("x", maxLiteral)+"\x00"), uint16(7))
	f.Add([]byte("abc\x00"), uint16(0))
	f.Add([]byte("%s/ab\x00%s/\x00%s\x00/x/%s\x00"), uint16(3))
	f.Add([]byte("/ab\x00//\x00x\x00/cd\x01\x00/ef\x00/"+strings.Repeat("x", maxLiteral)+"\x00/gh\x00"), uint16(3))
	f.Fuzz(func(t *testing.T, b []byte, room uint16) {
		var want, paths []string
		for s := range strings.SplitSeq(string(b[:bytes.LastIndexByte(b, 0)+1]), "\x00") {
			odd := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
			if len(s) < minLiteral || len(s) > maxLiteral || odd {
				continue
			}
			want = append(want, s)
			if s[0] == '/' || strings.HasPrefix(s, "%s/") {
				paths = append(paths, s)
			}
		}
		search := scan{bytes.NewReader(b), make([]byte, maxLiteral+1+int(room)), literalsIn}
		compareStrings(t, search, b, want)
		search.find = pathsIn
		compareStrings(t, search, b, paths)
	})
}

// compareStrings compares the strings that search finds in b with those in want.
func compareStrings(t *testing.T, search scan, b []byte, want []string) {
	t.Helper()
	var got []string
	_, err := search.part(extent.Of(int64(len(b))), func(s []byte) bool { got = append(got, string(s)); return true })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	_, err = search.part(extent.Of(int64(len(b))+1), func([]byte) bool { return true })
	if err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is
		t.Errorf("beyond the end: %v", err)
	}
}
