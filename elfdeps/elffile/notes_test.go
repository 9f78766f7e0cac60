package elffile

import (
	"debug/elf"
	"reflect"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

func TestDlopenNotes(t *testing.T) {
	for _, tc := range []struct {
		name string
		desc string
		want []DlopenNote
		bad  bool
	}{
		{
			name: "array", desc: `[{"soname":["libbpf.so.1","libbpf.so.0"],"feature":"bpf","description":"BPF","priority":"suggested"},` +
				`{"soname":["liblz4.so.1"],"unknown":{"a":[1]},"priority":"required"}]`,
			want: []DlopenNote{
				{[]string{"libbpf.so.1", "libbpf.so.0"}, "bpf", "BPF", Suggested},
				{Sonames: []string{"liblz4.so.1"}, Priority: Required},
			},
		},
		{
			name: "one object, one name", desc: `{"soname":"libidn2.so.0","feature":"idn"}`,
			want: []DlopenNote{{Sonames: []string{"libidn2.so.0"}, Feature: "idn", Priority: Recommended}},
		},
		{name: "unknown priority", desc: `[{"soname":["a.so"],"priority":"nice"}]`, want: []DlopenNote{{Sonames: []string{"a.so"}, Priority: Recommended}}},
		{name: "no name", desc: `[{"soname":[]},{"feature":"x"}]`},
		{name: "no JSON", desc: `soname=libx.so`, bad: true},
		{name: "empty", desc: ``, bad: true},
	} {
		f := elftest.File{Notes: []elftest.Note{
			{Owner: "GNU", Type: 3, Desc: []byte("12345678901234567890")},
			{Owner: "FDO", Type: 0xcafe1a7e, Desc: []byte(`{"type":"deb"}`)}, // .note.package
			{Owner: "FDO", Type: noteDlopen, Desc: append([]byte(tc.desc), 0)},
		}}
		for _, data := range []elf.Data{elf.ELFDATA2LSB, elf.ELFDATA2MSB} {
			f.Data = data
			got, err := ask(f.Bytes(), (*File).DlopenNotes)
			if (err != nil) != tc.bad || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%s: %v, %v; want %v", tc.name, got, err, tc.want)
			}
		}
	}
}

func TestDlopenNotesAreJoined(t *testing.T) {
	note := func(desc string) elftest.Note {
		return elftest.Note{Owner: "FDO", Type: noteDlopen, Desc: []byte(desc)}
	}
	f := elftest.File{Notes: []elftest.Note{note(`[{"soname":["a.so"]}]`), note(`broken`), note(`[{"soname":["b.so"]}]`)}}
	got, err := ask(f.Bytes(), (*File).DlopenNotes)
	if err == nil || len(got) != 2 {
		t.Errorf("%v, %v; want two entries and an error", got, err)
	}
}

func TestIsGo(t *testing.T) {
	for name, tc := range map[string]struct {
		f    elftest.File
		want bool
	}{
		"build id":  {elftest.File{Static: true, Notes: []elftest.Note{{Owner: "Go", Type: 4, Desc: []byte("id")}}}, true},
		"other":     {elftest.File{Static: true, Notes: []elftest.Note{{Owner: "GNU", Type: 3, Desc: []byte("id")}}}, false},
		"no notes":  {elftest.File{}, false},
		"read-only": {elftest.File{Payload: []byte("\xff Go buildinf:")}, false},
	} {
		if got, err := ask(tc.f.Bytes(), (*File).IsGo); err != nil || got != tc.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
