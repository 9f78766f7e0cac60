package elfdeps

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
)

// Priority says how much a program wants a library that it opens by itself.
type Priority string

// The priorities of the specification.
const (
	Required    Priority = "required"    // it does not work without
	Recommended Priority = "recommended" // it normally wants it; what holds when none is given
	Suggested   Priority = "suggested"   // only full installations want it
)

// DlopenNote is an entry of a .note.dlopen: a library that the object may open
// with dlopen.
type DlopenNote struct {
	// Sonames are alternatives of one library, the best first; the first that is
	// found is meant.
	Sonames     []string
	Feature     string // entries of one feature are wanted together
	Description string
	Priority    Priority
}

const (
	noteDlopen = 0x407c0c0a // ELF_NOTE_DLOPEN of the FDO specification
	maxNotes   = 256 << 10  // bytes of notes that are read of one file
)

// DlopenNotes returns what the ELF file at path declares in its .note.dlopen
// ("dlopen() Metadata for ELF Files", UAPI group). The notes are found through
// PT_NOTE; entries that are malformed are left out and make the error, which
// comes with all the others. Of a file's notes the first 256 KiB are read.
func (r *Resolver) DlopenNotes(ctx context.Context, path string) ([]DlopenNote, error) {
	var found []DlopenNote
	err := r.inspect(ctx, path, func(f *elfFile, open io.ReaderAt) error {
		var bad error
		err := eachNote(f, open, func(owner string, typ uint32, desc []byte) {
			if owner != "FDO" || typ != noteDlopen {
				return
			}
			entries, err := parseDlopenNote(desc)
			if err != nil && bad == nil {
				bad = err
			}
			found = append(found, entries...)
		})
		if err != nil {
			return err
		}
		return bad
	})
	return found, err
}

// sonames takes the array of the specification, or the one string that early
// drafts allowed.
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
		return nil, fmt.Errorf("a .note.dlopen is not what the specification says: %w", err)
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
func eachNote(f *elfFile, open io.ReaderAt, take func(owner string, typ uint32, desc []byte)) error {
	segments, err := noteSegments(f, open)
	if err != nil {
		return err
	}
	left := uint64(maxNotes)
	for _, p := range segments {
		b, err := p.data.Head(left).Read(open)
		if err != nil {
			return err
		}
		left -= uint64(len(b))
		f.notes(b, p.addr, take)
	}
	return nil
}

// notes walks the notes in b, whose parts are padded to align bytes.
func (l layout) notes(b []byte, align uint64, take func(owner string, typ uint32, desc []byte)) {
	padded := func(n uint32) uint64 { return (uint64(n) + align - 1) &^ (align - 1) }
	for len(b) >= 12 {
		nameSize, descSize, typ := l.u32(b), l.u32(b[4:]), l.u32(b[8:])
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

// noteSegments reads the program headers once more, for PT_NOTE alone; addr of
// each is its alignment, 4 or 8.
func noteSegments(f *elfFile, open io.ReaderAt) ([]segment, error) {
	size := 32
	if f.wide {
		size = 56
	}
	b, err := f.phdrs.Read(open)
	if err != nil {
		return nil, err
	}
	var out []segment
	for ; len(b) >= size; b = b[size:] {
		p, typ := f.phdr(b)
		if typ != elf.PT_NOTE {
			continue
		}
		if p.addr = 4; f.word(b[size-f.wordSize():]) == 8 {
			p.addr = 8
		}
		out = append(out, p)
	}
	return out, nil
}

// IsGo reports whether the ELF file at path was linked by Go's linker: it has
// Go's build id note (cmd/link, ELF_NOTE_GOBUILDID) or, where that was left
// out, the build information that debug/buildinfo looks for at the beginning of
// the first data segment.
func (r *Resolver) IsGo(ctx context.Context, path string) (bool, error) {
	found := false
	err := r.inspect(ctx, path, func(f *elfFile, open io.ReaderAt) error {
		err := eachNote(f, open, func(owner string, _ uint32, _ []byte) {
			found = found || owner == "Go"
		})
		if found || err != nil {
			return err
		}
		found, err = hasBuildInfo(f, open)
		return err
	})
	return found, err
}

func hasBuildInfo(f *elfFile, open io.ReaderAt) (bool, error) {
	const reach = 64 << 10 // of debug/buildinfo
	for _, p := range f.loads {
		if p.write && p.data.Len() > 0 {
			b, err := p.data.Head(reach).Read(open)
			return bytes.Contains(b, []byte("\xff Go buildinf:")), err
		}
	}
	return false, nil
}
