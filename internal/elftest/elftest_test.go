package elftest

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"
)

// TestBytes checks the headers and segments with package debug/elf.
func TestBytes(t *testing.T) {
	for _, f := range []File{
		{},
		{Interp: "/ld.so", Needed: []string{"liba.so"}, Type: elf.ET_EXEC},
		{Class: elf.ELFCLASS32, Data: elf.ELFDATA2MSB, Machine: elf.EM_MIPS, Interp: "/ld.so", Notes: []Note{{"GNU", 3, []byte("abcd")}}},
		{Static: true, OSABI: elf.ELFOSABI_LINUX, ABIVersion: 3},
	} {
		got, err := elf.NewFile(bytes.NewReader(f.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		f.setDefaults()
		if got.Class != f.Class || got.Data != f.Data || got.Machine != f.Machine || got.Type != f.Type || got.OSABI != f.OSABI || got.ABIVersion != f.ABIVersion {
			t.Errorf("header %+v", got.FileHeader)
		}
		var interp []byte
		var types []elf.ProgType
		for _, p := range got.Progs {
			types = append(types, p.Type)
			if p.Type == elf.PT_INTERP {
				interp = make([]byte, p.Filesz)
				if _, err := p.ReadAt(interp, 0); err != nil {
					t.Error(err)
				}
			}
		}
		if string(bytes.TrimRight(interp, "\x00")) != f.Interp || slices.Contains(types, elf.PT_DYNAMIC) == f.Static || types[0] != elf.PT_LOAD {
			t.Errorf("segments %v, interpreter %q", types, interp)
		}
	}
}

// TestLyingSection checks the section header with package debug/elf.
func TestLyingSection(t *testing.T) {
	got, err := elf.NewFile(bytes.NewReader(File{Sections: LyingDynamic, Needed: []string{"liba.so"}}.Bytes()))
	if err != nil || len(got.Sections) != 1 || got.Sections[0].Type != elf.SHT_DYNAMIC {
		t.Fatalf("%v, %+v", err, got)
	}
	if libs, err := got.ImportedLibraries(); err == nil && len(libs) > 0 {
		t.Errorf("it believes %q", libs)
	}
	if _, err := elf.NewFile(bytes.NewReader(File{Sections: WildSections}.Bytes())); err == nil {
		t.Error("wild section headers are read")
	}
}
