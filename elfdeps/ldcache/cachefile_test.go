package ldcache

import (
	"encoding/binary"
	"slices"
	"strings"
)

// entry is a line of an ld.so.cache for tests.
type entry struct {
	key, path string
	flags     int32
	level     string // of glibc-hwcaps
	isa       uint64
	hwcap     uint64 // of a legacy entry
}

// cacheFile writes caches of all layouts, as ldconfig does.
type cacheFile struct {
	order   binary.AppendByteOrder
	align   int  // of the new header behind an old one
	endian  byte // the flags byte of the header
	entries []entry
}

func (c *cacheFile) sorted() []entry {
	list := slices.Clone(c.entries)
	slices.SortStableFunc(list, func(a, b entry) int {
		if order, _ := compareNames(a.key, b.key, true); order != 0 {
			return -order
		}
		if a.flags != b.flags {
			return int(b.flags - a.flags)
		}
		return strings.Compare(b.level, a.level)
	})
	return list
}

// modern writes the new layout; base is the header's offset in the file.
func (c *cacheFile) modern(base int) []byte {
	list := c.sorted()
	var levels []string
	for _, e := range list {
		if e.level != "" && !slices.Contains(levels, e.level) {
			levels = append(levels, e.level)
		}
	}
	slices.Sort(levels)
	strs := 48 + 24*len(list)
	var pool []byte
	put := func(s string) uint32 {
		at := strs + len(pool)
		pool = append(append(pool, s...), 0)
		return uint32(at)
	}
	var table []byte
	for _, e := range list {
		hwcap := e.hwcap
		if e.level != "" {
			hwcap = 1<<62 | e.isa<<32 | uint64(slices.Index(levels, e.level))
		}
		table = c.order.AppendUint32(table, uint32(e.flags))
		table = c.order.AppendUint32(table, put(e.key))
		table = c.order.AppendUint32(table, put(e.path))
		table = c.order.AppendUint32(table, 0)
		table = c.order.AppendUint64(table, hwcap)
	}
	var names []byte
	for _, l := range levels {
		names = c.order.AppendUint32(names, uint32(base)+put(l))
	}
	for (base+strs+len(pool))%4 != 0 {
		pool = append(pool, 0)
	}
	ext := uint32(base + strs + len(pool))
	h := c.order.AppendUint32([]byte(magicNew), uint32(len(list)))
	h = c.order.AppendUint32(h, uint32(len(pool)))
	h = append(h, c.endian, 0, 0, 0)
	h = c.order.AppendUint32(h, ext)
	h = append(h, make([]byte, 12)...)
	h = append(append(h, table...), pool...)
	for _, v := range []uint32{magicExtension, 1, 1, 0, ext + 24, uint32(len(names))} {
		h = c.order.AppendUint32(h, v)
	}
	return append(h, names...)
}

// old writes the old layout, and the new one behind it when both are wanted.
func (c *cacheFile) old(both bool) []byte {
	list := c.sorted()
	b := c.order.AppendUint32([]byte(magicOld), uint32(len(list)))
	var pool []byte
	put := func(s string) uint32 {
		at := len(pool)
		if both { // the strings are those of the new cache: offsets that mean nothing here
			at = 1 << 20
		}
		pool = append(append(pool, s...), 0)
		return uint32(at)
	}
	for _, e := range list {
		b = c.order.AppendUint32(b, uint32(e.flags))
		b = c.order.AppendUint32(b, put(e.key))
		b = c.order.AppendUint32(b, put(e.path))
	}
	if !both {
		return append(b, pool...)
	}
	for len(b)%c.align != 0 {
		b = append(b, 0)
	}
	return append(b, c.modern(len(b))...)
}

func newCacheFile(entries ...entry) *cacheFile {
	for i := range entries {
		if entries[i].flags == 0 {
			entries[i].flags = 0x303
		}
	}
	return &cacheFile{order: binary.LittleEndian, align: 8, entries: entries}
}
