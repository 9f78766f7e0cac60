package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// ask opens the file data and asks a question about it.
func ask[T any](data []byte, question func(*File) (T, error)) (answer T, err error) {
	f, err := NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return answer, err
	}
	return question(f)
}

// eachLiteral opens the file data and calls yield with its literals.
func eachLiteral(data []byte, yield func([]byte) bool) error {
	_, err := ask(data, func(f *File) (bool, error) { return true, f.Literals(yield) })
	return err
}

func symbolList(names ...string) (list []elftest.Symbol) {
	for _, n := range names {
		if n[0] == '+' {
			list = append(list, elftest.Symbol{Name: n[1:], Defined: true})
		} else {
			list = append(list, elftest.Symbol{Name: n})
		}
	}
	return list
}

func TestImportsOf(t *testing.T) {
	list := symbolList("getpwuid", "iconv_open", "+main", "dlopen")
	want := []string{"getpwuid", "iconv_open", "dlopen"}
	for name, f := range map[string]elftest.File{
		"64-bit little": {Symbols: list},
		"64-bit big":    {Symbols: list, Data: elf.ELFDATA2MSB, Machine: elf.EM_PPC64},
		"32-bit little": {Symbols: list, Class: elf.ELFCLASS32, Machine: elf.EM_386},
		"32-bit big":    {Symbols: list, Class: elf.ELFCLASS32, Data: elf.ELFDATA2MSB, Machine: elf.EM_PPC},
		"lying headers": {Symbols: list, Sections: elftest.LyingDynamic},
		"none":          {},
		"static":        {Static: true},
	} {
		got, err := ask(f.Bytes(), (*File).Imports)
		if f.Symbols == nil {
			if err != nil || len(got) > 0 {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestImportsBeyondWhatIsReadAtOnce(t *testing.T) {
	long := elftest.Symbol{Name: strings.Repeat("x", maxImportTable), Defined: true}
	f := elftest.File{Symbols: append([]elftest.Symbol{{Name: "first"}, long}, symbolList("getpwuid", "system")...)}
	got, err := ask(f.Bytes(), (*File).Imports)
	if want := []string{"first", "getpwuid", "system"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%.80q, %v; want %q", got, err, want)
	}
}

// retag changes the tag of a dynamic entry in a 64-bit little-endian file.
func retag(data []byte, from, to elf.DynTag) []byte {
	for at := 0; at+16 <= len(data); at += 8 {
		value := binary.LittleEndian.Uint64(data[at+8:])
		if binary.LittleEndian.Uint64(data[at:]) == uint64(from) && value >= elftest.Base && value < 2*elftest.Base {
			binary.LittleEndian.PutUint64(data[at:], uint64(to))
			return data
		}
	}
	panic("no such entry")
}

func TestImportsWithoutHashTable(t *testing.T) {
	f := elftest.File{Symbols: symbolList("getpwuid", "system")}
	data := retag(f.Bytes(), elf.DT_HASH, 0x60000000)
	got, err := ask(data, (*File).Imports)
	if want := []string{"getpwuid", "system"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// gnuHashFile is a file without DT_HASH whose DT_GNU_HASH is table.
func gnuHashFile(t *testing.T, table []uint32) []byte {
	t.Helper()
	f := elftest.File{Symbols: symbolList("getpwuid", "system", "+exported", "stray")}
	payload := append([]byte("GNUHASH:"), binary.LittleEndian.AppendUint64(nil, 0)...)
	for _, w := range table {
		payload = binary.LittleEndian.AppendUint32(payload, w)
	}
	f.Payload = payload
	f.Dyn = []elftest.Dyn{elftest.Value(elf.DT_GNU_HASH, elftest.Base)}
	at := len(f.Bytes()) - len(payload) + 16
	f.Dyn[0].Value = uint64(elftest.Base + at)
	return retag(f.Bytes(), elf.DT_HASH, 0x60000000)
}

func TestImportsByGNUHash(t *testing.T) {
	// One bucket that begins at symbol 3, the last one of its chain.
	got, err := ask(gnuHashFile(t, []uint32{1, 3, 1, 6, 0, 0, 3, 1}), (*File).Imports)
	if want := []string{"getpwuid", "system"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	// A chain that goes on to symbol 4, which is in it by mistake.
	got, err = ask(gnuHashFile(t, []uint32{1, 3, 1, 6, 0, 0, 3, 2, 1}), (*File).Imports)
	if want := []string{"getpwuid", "system", "stray"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("longer chain: %q, %v; want %q", got, err, want)
	}
	// An empty table says that the hashed symbols begin at 1, which is no limit.
	got, err = ask(gnuHashFile(t, []uint32{1, 1, 1, 0, 0, 0, 0}), (*File).Imports)
	if want := []string{"getpwuid", "system", "stray"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("empty table: %q, %v; want %q", got, err, want)
	}
}

func TestImportsOfDamagedFiles(t *testing.T) {
	whole := elftest.File{Symbols: symbolList("getpwuid", "system"), Needed: []string{"libc.so.6"}}.Bytes()
	for n := range whole {
		_, _ = ask(whole[:n], (*File).Imports)
		_ = eachLiteral(whole[:n], func([]byte) bool { return true })
		_, _ = ask(whole[:n], (*File).DlopenNotes)
		bad := slices.Clone(whole)
		bad[n] ^= 0x5a
		_, _ = ask(bad, (*File).Imports)
		_, _ = ask(bad, (*File).DlopenNotes)
		_, _ = ask(bad, (*File).IsGo)
	}
	for _, data := range []string{"#!/bin/sh\n", "text", ""} {
		if got, err := ask([]byte(data), (*File).Imports); err == nil {
			t.Errorf("%q: %q without an error", data, got)
		}
	}
}
