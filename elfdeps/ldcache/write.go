package ldcache

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
)

// generator is what "ldconfig -p" shows as the author.
const generator = "mkrootfs"

// Marshal returns an ld.so.cache of the new format (glibc's
// sysdeps/generic/dl-cache.h) for the loaders of a machine and byte order. Its
// bytes depend on the set of entries alone, not on their order, and are those
// that ldconfig would write for the same entries, except for the generator's name.
// Names, paths and levels must not contain a NUL and must be shorter than PATH_MAX,
// 4096 bytes.
func Marshal(entries []Entry, m elf.Machine, d elf.Data) []byte {
	w := writer{order: binary.LittleEndian, mark: 2, signed: signedChar(m)}
	if d == elf.ELFDATA2MSB {
		w.order, w.mark = binary.BigEndian, 3
	}
	return w.marshal(entries, generator)
}

// writer lays a cache out: header, entries, strings, extensions.
type writer struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	mark   byte // cache_file_new_flags_endian_*
	signed bool // C's char is signed
}

func (w *writer) marshal(entries []Entry, generator string) []byte {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, w.compare)
	entries = slices.Compact(entries)
	levels := levelsOf(entries)
	start := headNew + 24*len(entries)
	strs, at := stringTable(entries, levels)
	extensions := (start + len(strs) + 3) &^ 3

	b := w.header(len(entries), len(strs), extensions)
	for _, e := range entries {
		b = w.u32(b, uint32(e.Flags))
		b = w.u32(b, uint32(start+at[e.Name]))
		b = w.u32(b, uint32(start+at[e.Path]))
		b = w.u32(b, 0) // osversion, which is no longer read
		b = w.order.AppendUint64(b, hwcapOf(e, levels))
	}
	b = append(b, strs...)
	b = append(b, make([]byte, extensions-len(b))...)
	return w.extensions(b, levels, func(s string) uint32 { return uint32(start + at[s]) }, generator)
}

func (w *writer) u32(b []byte, v uint32) []byte { return w.order.AppendUint32(b, v) }

// header is struct cache_file_new without its entries.
func (w *writer) header(entries, strs, extensions int) []byte {
	b := append(make([]byte, 0, extensions), magicNew...)
	b = w.u32(w.u32(b, uint32(entries)), uint32(strs))
	b = append(b, w.mark, 0, 0, 0)
	b = w.u32(b, uint32(extensions))
	return append(b, make([]byte, headNew-len(b))...)
}

// extensions appends the sections after the strings: the generator, and the names
// of the levels (§7; write_extensions in glibc's elf/cache.c).
func (w *writer) extensions(b []byte, levels []string, at func(string) uint32, generator string) []byte {
	count := 1
	if len(levels) > 0 {
		count = 2
	}
	names := uint32(len(b) + 8 + 16*count)
	section := func(tag, offset, size uint32) {
		for _, v := range []uint32{tag, 0, offset, size} {
			b = w.u32(b, v)
		}
	}
	b = w.u32(w.u32(b, magicExtension), uint32(count))
	section(0, names+4*uint32(len(levels)), uint32(len(generator)))
	if len(levels) > 0 {
		section(1, names, 4*uint32(len(levels)))
	}
	for _, l := range levels {
		b = w.u32(b, at(l))
	}
	return append(b, generator...)
}

// compare orders entries as ldconfig does (§7; compare in elf/cache.c): the loader
// searches by bisection, and of the entries of one name takes the first that is
// for all processors, so that those for some have to come before it.
func (w *writer) compare(a, b Entry) int {
	switch {
	case a.Level == "" && b.Level != "":
		return cmp.Or(w.compareKeys(a, b), 1)
	case a.Level != "" && b.Level == "":
		return cmp.Or(w.compareKeys(a, b), -1)
	}
	return cmp.Or(
		w.compareKeys(a, b),
		strings.Compare(a.Level, b.Level), strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path),
	)
}

func (w *writer) compareKeys(a, b Entry) int {
	order, _ := compareNames(b.Name, a.Name, w.signed)
	return cmp.Or(order, cmp.Compare(b.Flags, a.Flags))
}

// levelsOf returns the levels of the entries, sorted.
func levelsOf(entries []Entry) []string {
	var levels []string
	for _, e := range entries {
		if e.Level != "" {
			levels = append(levels, e.Level)
		}
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

// hwcapOf returns DL_CACHE_HWCAP_EXTENSION with the number of the level. The bits
// for an instruction set that the file itself requires stay zero: the level is
// enough.
func hwcapOf(e Entry, levels []string) uint64 {
	if e.Level == "" {
		return 0
	}
	return 1<<62 | uint64(slices.Index(levels, e.Level))
}

// stringTable returns the strings of a cache and the offset of each. A string that
// is the end of another one is stored inside that one (stringtable_finalize in
// elf/stringtable.c), so they are sorted from their ends.
func stringTable(entries []Entry, levels []string) (table []byte, at map[string]int) {
	all := slices.Clone(levels)
	for _, e := range entries {
		all = append(all, e.Name, e.Path)
	}
	slices.SortFunc(all, compareEnds)
	at = make(map[string]int, len(all))
	for i, s := range slices.Compact(all) {
		if i > 0 && strings.HasSuffix(all[i-1], s) {
			at[s] = at[all[i-1]] + len(all[i-1]) - len(s)
			continue
		}
		at[s] = len(table)
		table = append(append(table, s...), 0)
	}
	return table, at
}

// compareEnds compares two strings from their last bytes on, the greater first,
// and the longer first when it ends with the other (finalize_compare).
func compareEnds(a, b string) int {
	for i := 1; i <= len(a) && i <= len(b); i++ {
		if x, y := a[len(a)-i], b[len(b)-i]; x != y {
			return cmp.Compare(y, x)
		}
	}
	return cmp.Compare(len(b), len(a))
}
