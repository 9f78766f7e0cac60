package elfdeps

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
)

// CacheEntry is an entry of an ld.so.cache: where a loader finds a name that
// none of its search lists has.
type CacheEntry struct {
	// Name is what is asked for. ldconfig enters SONAMEs alone, but the loader
	// takes any name that has no slash.
	Name string
	// Path is the absolute path that the loader opens.
	Path string
	// Flags say for which loaders the entry is; see Object.CacheFlags.
	Flags int32
	// Level is the glibc-hwcaps level that a processor needs for the entry,
	// "x86-64-v3"; "" is for all. Loaders before glibc 2.33 know no levels.
	Level string
}

// CacheFlags returns what an ld.so.cache entry for o has as flags.
func (o *Object) CacheFlags() int32 {
	f := elfFile{layout: layout{wide: o.Class == elf.ELFCLASS64, big: o.Data == elf.ELFDATA2MSB}, machine: o.Machine, flags: o.Flags}
	return cacheFlags(&f)[0]
}

// cacheGenerator is what "ldconfig -p" names as the author.
const cacheGenerator = "mkrootfs"

// MarshalCache returns an ld.so.cache of the new format (glibc's
// sysdeps/generic/dl-cache.h) for the loaders of a machine and byte order. Its
// bytes depend on the set of entries alone, not on their order, and are those
// that ldconfig would write for the same entries, but for its own name in them.
// Names, paths and levels must have no NUL and be shorter than PATH_MAX, 4096
// bytes, since no loader opens a longer path.
func MarshalCache(entries []CacheEntry, m elf.Machine, d elf.Data) []byte {
	w := cacheWriter{order: binary.LittleEndian, mark: 2, signed: signedChar(m)}
	if d == elf.ELFDATA2MSB {
		w.order, w.mark = binary.BigEndian, 3
	}
	return w.marshal(entries, cacheGenerator)
}

// cacheWriter lays a cache out: header, entries, strings, extensions.
type cacheWriter struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	mark   byte // cache_file_new_flags_endian_*
	signed bool // C's char is
}

func (w *cacheWriter) marshal(entries []CacheEntry, generator string) []byte {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, w.compare)
	entries = slices.Compact(entries)
	levels := levelsOf(entries)
	start := cacheHeadNew + 24*len(entries)
	strs, at := stringTable(entries, levels)
	extensions := (start + len(strs) + 3) &^ 3

	b := w.header(len(entries), len(strs), extensions)
	for _, e := range entries {
		b = w.u32(b, uint32(e.Flags))
		b = w.u32(b, uint32(start+at[e.Name]))
		b = w.u32(b, uint32(start+at[e.Path]))
		b = w.u32(b, 0) // osversion, which nobody reads any more
		b = w.order.AppendUint64(b, hwcapOf(e, levels))
	}
	b = append(b, strs...)
	b = append(b, make([]byte, extensions-len(b))...)
	return w.extensions(b, levels, func(s string) uint32 { return uint32(start + at[s]) }, generator)
}

func (w *cacheWriter) u32(b []byte, v uint32) []byte { return w.order.AppendUint32(b, v) }

// header is struct cache_file_new without its entries.
func (w *cacheWriter) header(entries, strs, extensions int) []byte {
	b := append(make([]byte, 0, extensions), cacheMagicNew...)
	b = w.u32(w.u32(b, uint32(entries)), uint32(strs))
	b = append(b, w.mark, 0, 0, 0)
	b = w.u32(b, uint32(extensions))
	return append(b, make([]byte, cacheHeadNew-len(b))...)
}

// extensions appends the sections behind the strings: who wrote the file, and
// the names of the levels (§7; write_extensions in glibc's elf/cache.c).
func (w *cacheWriter) extensions(b []byte, levels []string, at func(string) uint32, generator string) []byte {
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
	b = w.u32(w.u32(b, cacheExtMagic), uint32(count))
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
// for all processors, so those for some come before.
func (w *cacheWriter) compare(a, b CacheEntry) int {
	switch {
	case a.Level == "" && b.Level != "":
		return cmp.Or(w.compareKeys(a, b), 1)
	case a.Level != "" && b.Level == "":
		return cmp.Or(w.compareKeys(a, b), -1)
	}
	return cmp.Or(w.compareKeys(a, b), strings.Compare(a.Level, b.Level), strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
}

func (w *cacheWriter) compareKeys(a, b CacheEntry) int {
	return cmp.Or(w.compareNames(b.Name, a.Name), cmp.Compare(b.Flags, a.Flags))
}

// compareNames is _dl_cache_libcmp: runs of digits compare as numbers, and a
// digit is more than any other character.
func (w *cacheWriter) compareNames(a, b string) int {
	for a != "" {
		x, y := a[0], firstByte(b)
		switch {
		case digit(x) && digit(y):
			var n, m int32
			n, a = leadingNumber(a)
			m, b = leadingNumber(b)
			if n != m {
				return int(n) - int(m)
			}
			continue
		case digit(x):
			return 1
		case digit(y):
			return -1
		case x != y:
			return w.char(x) - w.char(y)
		}
		a, b = a[1:], b[1:]
	}
	return -w.char(firstByte(b))
}

// char is the value of a C char.
func (w *cacheWriter) char(b byte) int {
	if w.signed {
		return int(int8(b))
	}
	return int(b)
}

// leadingNumber is the number that s begins with, with C's overflow, and what
// follows it.
func leadingNumber(s string) (n int32, rest string) {
	for s != "" && digit(s[0]) {
		n = n*10 + int32(s[0]-'0')
		s = s[1:]
	}
	return n, s
}

// firstByte is s[0], or the NUL that a string ends with.
func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// levelsOf are the levels of the entries, sorted.
func levelsOf(entries []CacheEntry) []string {
	var levels []string
	for _, e := range entries {
		if e.Level != "" {
			levels = append(levels, e.Level)
		}
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

// hwcapOf is DL_CACHE_HWCAP_EXTENSION with the number of the level. The bits
// for an instruction set that the file itself asks for stay zero: the level
// says it all.
func hwcapOf(e CacheEntry, levels []string) uint64 {
	if e.Level == "" {
		return 0
	}
	return 1<<62 | uint64(slices.Index(levels, e.Level))
}

// stringTable returns the strings of a cache and the offset of each. One that
// another ends with has its place inside that one (stringtable_finalize in
// elf/stringtable.c), which is why they are sorted from their ends.
func stringTable(entries []CacheEntry, levels []string) (table []byte, at map[string]int) {
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
