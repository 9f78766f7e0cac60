package doctor

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// localeArchive writes an archive of one locale, whose files hold their own
// category's name.
func localeArchive(order binary.AppendByteOrder, name string) []byte {
	const nameAt, recordAt, dataAt = 200, 256, 512
	words := func(list ...uint32) (b []byte) {
		for _, w := range list {
			b = order.AppendUint32(b, w)
		}
		return b
	}
	table := uint32(archiveHead)
	head := words(archiveMagic, 0, table, 1, 3, nameAt, 32, 32, recordAt, 1, 1, 0, 0, 0)
	// A free slot comes first.
	file := append(head, words(0, 0, 0, 77, nameAt, recordAt, 0, 0, 0)...)
	file = append(file, make([]byte, nameAt-len(file))...)
	file = append(append(file, name...), 0)
	file = append(file, make([]byte, recordAt-len(file))...)
	record, data := words(1), []byte(nil)
	for _, c := range categories {
		record = append(record, words(uint32(dataAt+len(data)), uint32(len(c)))...)
		data = append(data, c...)
	}
	file = append(file, record...)
	file = append(file, make([]byte, dataAt-len(file))...)
	return append(file, data...)
}

func TestLocaleArchive(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := localeArchive(order, "de_DE.utf8")
		src := system(map[string]string{"usr/lib/locale/locale-archive": string(data)})
		p, err := makeGroup(t.Context(), src, factsWith(env("LANG", "de_DE.UTF-8")), "locale")
		if err != nil || len(p.Absent) > 0 || len(p.Additions) != 12 {
			t.Fatalf("%v, %v", p, err)
		}
		for _, a := range p.Additions {
			name, ok := strings.CutPrefix(a.Path, "/usr/lib/locale/de_DE.utf8/")
			if !ok || !slices.Contains(categories[:], name) || string(a.Data) != name {
				t.Errorf("%s has %q", a.Path, a.Data)
			}
		}
	}
}

func TestDamagedLocaleArchive(t *testing.T) {
	whole := localeArchive(binary.LittleEndian, "de_DE.utf8")
	for n := range whole {
		for _, data := range []string{string(whole[:n]), string(whole[:n]) + "\xff" + string(whole[n+1:])} {
			src := system(map[string]string{"usr/lib/locale/locale-archive": data})
			if _, err := makeGroup(t.Context(), src, factsWith(env("LANG", "de_DE.UTF-8")), "locale"); err != nil {
				t.Fatalf("byte %d: %v", n, err)
			}
		}
	}
}
