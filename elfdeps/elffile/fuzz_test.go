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

// FuzzLiterals holds the search in pieces to one in a whole.
func FuzzLiterals(f *testing.F) {
	f.Add([]byte("\x00abc\x00ab\x00\x01abc\x00"+strings.Repeat("x", maxLiteral)+"\x00"), uint16(7))
	f.Add([]byte("abc\x00"), uint16(0))
	f.Fuzz(func(t *testing.T, b []byte, room uint16) {
		var got, want []string
		whole := extent.Of(int64(len(b)))
		buf := make([]byte, maxLiteral+1+int(room))
		if _, err := scanLiterals(whole, bytes.NewReader(b), buf, func(s []byte) bool { got = append(got, string(s)); return true }); err != nil {
			t.Fatal(err)
		}
		for s := range strings.SplitSeq(string(b[:bytes.LastIndexByte(b, 0)+1]), "\x00") {
			odd := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
			if len(s) >= minLiteral && len(s) <= maxLiteral && !odd {
				want = append(want, s)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if _, err := scanLiterals(extent.Of(int64(len(b))+1), bytes.NewReader(b), buf, func([]byte) bool { return true }); err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is
			t.Errorf("beyond the end: %v", err)
		}
	})
}
