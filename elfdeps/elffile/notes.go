package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
)

// Priority says how important a library is that a program opens by itself.
type Priority string

// The priorities of the specification.
const (
	Required    Priority = "required"    // the program does not work without it
	Recommended Priority = "recommended" // it is normally used; the default
	Suggested   Priority = "suggested"   // it is used by full installations
)

// DlopenNote is an entry of a .note.dlopen: a library that the object may open
// with dlopen.
type DlopenNote struct {
	// Sonames are alternatives of one library, the best first; the program opens the
	// first that is found.
	Sonames     []string
	Feature     string // entries of one feature are used together
	Description string
	Priority    Priority
}

const (
	noteDlopen = 0x407c0c0a // ELF_NOTE_DLOPEN of the FDO specification
	maxNotes   = 256 << 10  // bytes of notes that are read of one file
)

// DlopenNotes returns what the file declares in its .note.dlopen ("dlopen()
// Metadata for ELF Files", UAPI group). The notes are found through PT_NOTE;
// malformed entries are left out, and the error reports the first of them beside
// all the others. Only the first 256 KiB of a file's notes are read.
func (f *File) DlopenNotes() ([]DlopenNote, error) {
	var found []DlopenNote
	var malformed error
	err := f.eachNote(func(owner string, typ uint32, desc []byte) {
		if owner != "FDO" || typ != noteDlopen {
			return
		}
		entries, err := parseDlopenNote(desc)
		if malformed == nil {
			malformed = err
		}
		found = append(found, entries...)
	})
	if err == nil {
		err = malformed
	}
	return found, f.failed(err)
}

// sonames is the array of the specification, or the one string that early drafts
// allowed.
type sonames []string

func (s *sonames) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*s = []string{""}
		return json.Unmarshal(b, &(*s)[0])
	}
	return json.Unmarshal(b, (*[]string)(s))
}

// parseDlopenNote reads a descriptor: an array of objects, or a single one.
func parseDlopenNote(desc []byte) ([]DlopenNote, error) {
	type entry struct {
		Soname      sonames  `json:"soname"`
		Feature     string   `json:"feature"`
		Description string   `json:"description"`
		Priority    Priority `json:"priority"`
	}
	text, _, _ := bytes.Cut(desc, []byte{0})
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("{")) {
		text = append(append([]byte("["), text...), ']')
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("invalid .note.dlopen: %w", err)
	}
	var notes []DlopenNote
	for _, e := range entries {
		n := DlopenNote{Sonames: e.Soname, Feature: e.Feature, Description: e.Description, Priority: e.Priority}
		switch n.Priority {
		case Required, Recommended, Suggested:
		default:
			n.Priority = Recommended
		}
		if len(n.Sonames) > 0 && n.Sonames[0] != "" {
			notes = append(notes, n)
		}
	}
	return notes, nil
}

// eachNote calls take for every note of the file's PT_NOTE segments (§15; gABI,
// chapter 5, "Note Section").
func (f *File) eachNote(take func(owner string, typ uint32, desc []byte)) error {
	segments, err := f.noteSegments()
	if err != nil {
		return err
	}
	left := uint64(maxNotes)
	for _, p := range segments {
		b, err := p.data.Head(left).Read(f.r)
		if err != nil {
			return err
		}
		left -= uint64(len(b))
		eachNoteIn(f.layout, b, p.Addr, take)
	}
	return nil
}

// eachNoteIn walks the notes in b, whose parts are padded to align bytes.
func eachNoteIn(l layout.Layout, b []byte, align uint64, take func(owner string, typ uint32, desc []byte)) {
	padded := func(n uint32) uint64 { return (uint64(n) + align - 1) &^ (align - 1) }
	for len(b) >= 12 {
		nameSize, descSize, typ := l.U32(b), l.U32(b[4:]), l.U32(b[8:])
		descAt := 12 + padded(nameSize)
		if align == 8 {
			descAt = (12 + uint64(nameSize) + 7) &^ 7
		}
		end := descAt + uint64(descSize)
		if uint64(nameSize) > uint64(len(b)-12) || end > uint64(len(b)) {
			return
		}
		owner, _, _ := bytes.Cut(b[12:12+nameSize], []byte{0})
		take(string(owner), typ, b[descAt:end])
		b = b[min(descAt+padded(descSize), uint64(len(b))):]
	}
}

// noteSegments reads the program headers again for PT_NOTE. The Addr of each is set
// to its alignment, 4 or 8.
func (f *File) noteSegments() ([]Segment, error) {
	size := 32
	if f.layout.Wide {
		size = 56
	}
	b, err := f.phdrs.Read(f.r)
	if err != nil {
		return nil, err
	}
	var out []Segment
	for ; len(b) >= size; b = b[size:] {
		p, typ := f.phdr(b)
		if typ != elf.PT_NOTE {
			continue
		}
		if p.Addr = 4; f.layout.Word(b[size-f.layout.WordSize():]) == 8 {
			p.Addr = 8
		}
		out = append(out, p)
	}
	return out, nil
}

// IsGo reports whether the file was linked by Go's linker: it has Go's build id
// note (cmd/link, ELF_NOTE_GOBUILDID) or, without that, the build
// information that debug/buildinfo looks for at the beginning of the first data
// segment.
func (f *File) IsGo() (bool, error) {
	found := false
	err := f.eachNote(func(owner string, _ uint32, _ []byte) {
		found = found || owner == "Go"
	})
	if !found && err == nil {
		found, err = f.hasBuildInfo()
	}
	return found, f.failed(err)
}

func (f *File) hasBuildInfo() (bool, error) {
	const reach = 64 << 10 // of debug/buildinfo
	for _, p := range f.Loads {
		if p.Write && p.data.Len() > 0 {
			b, err := p.data.Head(reach).Read(f.r)
			return bytes.Contains(b, []byte("\xff Go buildinf:")), err
		}
	}
	return false, nil
}
