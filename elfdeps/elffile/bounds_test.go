package elffile

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// numbered makes the names of n libraries.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("lib%d.so", i)
	}
	return out
}

// The methods of a File have limits for sums, too.
func TestHostileAnswers(t *testing.T) {
	note := elftest.Note{Owner: "FDO", Type: noteDlopen, Desc: []byte(`[{"soname":"liba.so"}]`)}
	note.Desc = append(note.Desc, strings.Repeat(" ", 4000)...)
	var notes []elftest.Note
	for range 200 {
		notes = append(notes, note)
	}
	deep := elftest.Note{Owner: "FDO", Type: noteDlopen, Desc: []byte(strings.Repeat("[", 100000))}
	symbols := slices.Repeat([]elftest.Symbol{{Name: strings.Repeat("x", 3000)}}, 3000)
	files := map[string][]byte{
		"notes": elftest.File{Notes: notes}.Bytes(),
		"deep":  elftest.File{Notes: []elftest.Note{deep}}.Bytes(),
		"names": elftest.File{Symbols: symbols}.Bytes(),
		"hints": elftest.File{Symbols: symbolList("dlopen"), Payload: []byte("\x00" + strings.Join(numbered(5000), "\x00") + "\x00")}.Bytes(),
	}
	if found, err := ask(files["notes"], (*File).DlopenNotes); err != nil || len(found) < 60 || len(found) > maxNotes/len(note.Desc) {
		t.Errorf("%d notes, %v", len(found), err)
	}
	if _, err := ask(files["deep"], (*File).DlopenNotes); err == nil {
		t.Error("a note of 100,000 arrays is believed")
	}
	var format *FormatError
	if names, err := ask(files["names"], (*File).Imports); !errors.As(err, &format) {
		t.Errorf("%d names, %v", len(names), err)
	}
	if hints, err := ask(files["hints"], (*File).DlopenHints); err != nil || len(hints) != maxHints {
		t.Errorf("%d hints, %v", len(hints), err)
	}
}

// sparse is a file of which there is only the beginning, and zeros behind it. It
// counts the bytes that are read.
type sparse struct {
	head []byte
	read int64
}

func (s *sparse) ReadAt(b []byte, off int64) (int, error) {
	s.read += int64(len(b))
	clear(b)
	if off < int64(len(s.head)) {
		copy(b, s.head[off:])
	}
	return len(b), nil
}

// Of a sparse file of 1 TB, all of it one segment, 512 MiB are searched for
// strings.
func TestLiteralsOfSparseFile(t *testing.T) {
	b := elftest.File{Static: true, Payload: []byte("\x00abc\x00")}.Bytes()
	for at := 64; ; at += 56 {
		if elf.ProgType(binary.LittleEndian.Uint32(b[at:])) == elf.PT_LOAD {
			binary.LittleEndian.PutUint64(b[at+32:], 1<<40) // p_filesz
			break
		}
	}
	r := &sparse{head: b}
	f, err := NewFile(r, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = f.Literals(func([]byte) bool { found++; return true })
	if err != nil || found != 1 || r.read > literalLimit+literalChunk {
		t.Errorf("%d strings in %d bytes, %v", found, r.read, err)
	}
}
