package ldcache

import (
	"bytes"
	"debug/elf"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/layout"
)

// Cache is an ld.so.cache as the loader of one machine sees it (§7;
// _dl_load_cache_lookup in dl-cache.c). It is not safe for concurrent use.
type Cache struct {
	layout layout.Layout
	signed bool // C's char is signed
	flags  []int32
	isX86  bool

	entries []byte
	size    int    // of an entry in bytes: 24, or 12 in the old format
	strs    []byte // what key and value are offsets into
	levels  []string

	memo map[string]Matches // the answers of Lookup
	work int                // bytes of keys compared so far
}

// Parse reads the cache b as the loaders of an ABI do. It returns nil when such a
// loader ignores the file. b must not change afterwards.
func Parse(b []byte, a elffile.ABI) *Cache {
	c := &Cache{
		layout: layout.Of(a.Class, a.Data), signed: signedChar(a.Machine), flags: Flags(a), memo: make(map[string]Matches),
		isX86: a.Machine == elf.EM_X86_64 || a.Machine == elf.EM_386,
	}
	if c.parseNew(b, 0) {
		return c
	}
	if len(b) < headOld || string(b[:11]) != magicOld[:11] {
		return nil
	}
	n := int64(c.layout.U32(b[12:]))
	if n*12 > int64(len(b)-headOld) {
		return nil
	}
	end := headOld + int(n)*12
	for _, align := range []int{8, 4, 2} { // alignof (struct cache_file_new)
		at := (end + align - 1) / align * align
		if c.parseNew(b, at) {
			return c
		}
		if len(b)-at >= headNew && string(b[at:at+20]) == magicNew && !c.ownOrder(b[at+28]) {
			return nil // "The old-format part of the cache is bogus as well"
		}
	}
	c.size, c.entries, c.strs = 12, b[headOld:end], b[end:]
	return c
}

// parseNew reads a cache of the new format whose header is at off in b.
func (c *Cache) parseNew(b []byte, off int) bool {
	if len(b)-off < headNew || string(b[off:off+20]) != magicNew {
		return false
	}
	h := b[off:]
	n := int64(c.layout.U32(h[20:]))
	if !c.ownOrder(h[28]) || n*24 > int64(len(h)-headNew) {
		return false
	}
	c.size, c.entries, c.strs = 24, h[headNew:][:n*24], h
	c.extension(b, int64(c.layout.U32(h[32:])))
	return true
}

// ownOrder reports whether a header's flags allow the loader's byte order
// (cache_file_new_matches_endian).
func (c *Cache) ownOrder(flags byte) bool {
	order := flags & 3
	return order == 0 || order == 3 && c.layout.Big || order == 2 && !c.layout.Big
}

// extension reads the names of the glibc-hwcaps levels (cache_extension_load).
func (c *Cache) extension(b []byte, off int64) {
	if off == 0 || off%4 != 0 || off > int64(len(b)-8) || c.layout.U32(b[off:]) != magicExtension {
		return
	}
	count := int64(c.layout.U32(b[off+4:]))
	sections := b[off+8:]
	if count*16 > int64(len(sections)) {
		return
	}
	var names []byte
	for ; count > 0; count-- {
		tag, at, size := c.layout.U32(sections), int64(c.layout.U32(sections[8:])), int64(c.layout.U32(sections[12:]))
		sections = sections[16:]
		switch {
		case at+size > int64(len(b)): // then the whole extension is ignored
			return
		case tag == 1:
			names = b[at : at+size]
		}
	}
	for ; len(names) >= 4 && len(c.levels) < 1<<10; names = names[4:] {
		level, _ := text(b, c.layout.U32(names))
		c.levels = append(c.levels, level)
	}
}

// text returns the NUL-terminated string at off in b. A NUL follows the end of the
// file, as it does in memory. A string that is longer than any path is not ok.
func text(b []byte, off uint32) (string, bool) {
	if int64(off) >= int64(len(b)) {
		return "", false
	}
	b = b[off:]
	n := bytes.IndexByte(b[:min(len(b), pathMax)], 0)
	switch {
	case n < 0 && len(b) >= pathMax:
		return "", false
	case n < 0:
		n = len(b)
	}
	return string(b[:n]), true
}
