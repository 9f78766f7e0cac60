package elfdeps

import (
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
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
		r := &Resolver{FS: fstest.MapFS{"f": {Data: b}}}
		inFile, _ := r.DlopenNotes(t.Context(), "/f")
		for _, n := range append(notes, inFile...) {
			if len(n.Sonames) == 0 || n.Priority == "" {
				t.Errorf("%+v", n)
			}
		}
		_, _ = r.IsGo(t.Context(), "/f")
		_, _ = r.Imports(t.Context(), "/f")
	})
}
