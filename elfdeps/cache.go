package elfdeps

import (
	"bytes"
	"debug/elf"
	"slices"
)

// cache is an ld.so.cache as the loader of one machine sees it (§7;
// _dl_load_cache_lookup in dl-cache.c). What is malformed in it is passed over,
// as the loader does.
type cache struct {
	layout
	signed bool // C's char is
	flags  []int32
	isX86  bool

	entries []byte
	size    int    // of an entry: 24, or 12 in the old layout
	strs    []byte // what key and value are offsets into
	levels  []string

	memo map[string][]cacheEntry
	work int // bytes of keys compared so far
}

// cacheEntry is one of the entries of a name.
type cacheEntry struct {
	path  string
	hwcap uint64
	level string // of a glibc-hwcaps entry
	named bool   // whether it is one
}

const (
	cacheMagicNew = "glibc-ld.so.cache1.1"
	cacheMagicOld = "ld.so-1.7.0\x00" // whose last byte is not looked at
	cacheHeadNew  = 48
	cacheHeadOld  = 16
	cacheExtMagic = 0xeaa42174
	maxCache      = 32 << 20 // bytes; a system's is some 100 KB
	maxKinds      = 1 << 8   // entries of one name that differ in what they ask of a cpu
	maxCompared   = 64 << 20 // bytes of keys; a name takes some 300
)

// newCache reads the cache in b for the loader f; nil when it is of no use.
func newCache(b []byte, f *elfFile) *cache {
	c := &cache{
		layout: f.layout, signed: signedChar(f.machine), flags: cacheFlags(f), memo: make(map[string][]cacheEntry),
		isX86: f.machine == elf.EM_X86_64 || f.machine == elf.EM_386,
	}
	if c.modern(b, 0) {
		return c
	}
	if len(b) < cacheHeadOld || string(b[:11]) != cacheMagicOld[:11] {
		return nil
	}
	n := int64(c.u32(b[12:]))
	if n*12 > int64(len(b)-cacheHeadOld) {
		return nil
	}
	end := cacheHeadOld + int(n)*12
	for _, align := range []int{8, 4, 2} { // alignof (struct cache_file_new)
		at := (end + align - 1) / align * align
		if c.modern(b, at) {
			return c
		}
		if len(b)-at >= cacheHeadNew && string(b[at:at+20]) == cacheMagicNew && !c.ownOrder(b[at+28]) {
			return nil // "The old-format part of the cache is bogus as well"
		}
	}
	c.size, c.entries, c.strs = 12, b[cacheHeadOld:end], b[end:]
	return c
}

// modern reads a cache of the new layout whose header is at off in b.
func (c *cache) modern(b []byte, off int) bool {
	if len(b)-off < cacheHeadNew || string(b[off:off+20]) != cacheMagicNew {
		return false
	}
	h := b[off:]
	n := int64(c.u32(h[20:]))
	if !c.ownOrder(h[28]) || n*24 > int64(len(h)-cacheHeadNew) {
		return false
	}
	c.size, c.entries, c.strs = 24, h[cacheHeadNew:][:n*24], h
	c.extension(b, int64(c.u32(h[32:])))
	return true
}

// ownOrder tells whether a header's flags allow the loader's byte order
// (cache_file_new_matches_endian).
func (c *cache) ownOrder(flags byte) bool {
	order := flags & 3
	return order == 0 || order == 3 && c.big || order == 2 && !c.big
}

// extension reads the names of the glibc-hwcaps levels (cache_extension_load).
func (c *cache) extension(b []byte, off int64) {
	if off == 0 || off%4 != 0 || off > int64(len(b)-8) || c.u32(b[off:]) != cacheExtMagic {
		return
	}
	count := int64(c.u32(b[off+4:]))
	sections := b[off+8:]
	if count*16 > int64(len(sections)) {
		return
	}
	var names []byte
	for ; count > 0; count-- {
		tag, at, size := c.u32(sections), int64(c.u32(sections[8:])), int64(c.u32(sections[12:]))
		sections = sections[16:]
		switch {
		case at+size > int64(len(b)): // which voids the whole extension
			return
		case tag == 1:
			names = b[at : at+size]
		}
	}
	for ; len(names) >= 4 && len(c.levels) < 1<<10; names = names[4:] {
		level, _ := text(b, c.u32(names))
		c.levels = append(c.levels, level)
	}
}

// text is the NUL-terminated string at off in b, where a NUL follows the end of
// the file as it does in memory; one longer than any path is of no use.
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

// lookup returns the entries of name that the loader may use, in their order
// (search_cache).
func (c *cache) lookup(name string) []cacheEntry {
	if found, ok := c.memo[name]; ok {
		return found
	}
	found := c.search(name)
	c.memo[name] = found
	return found
}

func (c *cache) search(name string) []cacheEntry {
	left, right := 0, len(c.entries)/c.size-1
	for left <= right {
		middle := (left + right) / 2
		cmp, ok := c.compare(name, middle)
		switch {
		case !ok:
			return nil
		case cmp < 0:
			left = middle + 1
		case cmp > 0:
			right = middle - 1
		default:
			return c.equal(name, middle)
		}
	}
	return nil
}

// equal collects the entries around at whose keys equal name. Where there are
// more than any cache has, of those that ask the same of a cpu only the first is
// kept, which is the one that choose would take.
func (c *cache) equal(name string, at int) (found []cacheEntry) {
	same := func(i int) bool {
		cmp, ok := c.compare(name, i)
		return ok && cmp == 0
	}
	for at > 0 && same(at-1) {
		at--
	}
	for n := len(c.entries) / c.size; at < n && same(at); at++ {
		e := c.entries[at*c.size:]
		if !slices.Contains(c.flags, int32(c.u32(e))) {
			continue
		}
		entry, ok := c.entry(e)
		like := func(f cacheEntry) bool { return f.hwcap == entry.hwcap }
		if !ok || len(found) > few && slices.ContainsFunc(found, like) {
			continue
		}
		if found = append(found, entry); len(found) == maxKinds || len(found) > few && entry.hwcap == 0 {
			break
		}
	}
	return found
}

// entry reads the entry that b begins with.
func (c *cache) entry(b []byte) (e cacheEntry, ok bool) {
	if e.path, ok = text(c.strs, c.u32(b[8:])); !ok {
		return e, false
	}
	if c.size == 24 {
		e.hwcap = c.u64(b[16:])
	}
	const extension = 1 << 30 // DL_CACHE_HWCAP_EXTENSION
	if e.hwcap>>32&^0x3ff == extension {
		e.named = true
		if i := e.hwcap & 0xffffffff; i < uint64(len(c.levels)) {
			e.level = c.levels[i]
		}
	}
	return e, true
}

// choose takes the entry that a loader on p uses out of those of one name.
func (c *cache) choose(found []cacheEntry, p *cpu, l *loader) (path string, ok bool) {
	best := -1
	for _, e := range found {
		switch {
		case e.named:
			rank := slices.Index(p.levels, e.level)
			if rank < 0 || c.isX86 && int(e.hwcap>>32&0x3ff) > p.isa {
				continue
			}
			if best < 0 || rank < best {
				best, path = rank, e.path
			}
		case best >= 0:
			return path, true
		case e.hwcap == 0:
			return e.path, true
		case l.legacy() && e.hwcap&^(p.bits|bitTLS) == 0:
			return e.path, true
		}
	}
	return path, best >= 0
}

// cacheVaries tells whether the entries of one name differ between cpus.
func (l *loader) cacheVaries(found []cacheEntry) bool {
	for _, e := range found {
		if e.named || e.hwcap != 0 && l.legacy() {
			return true
		}
	}
	return false
}

// compare compares name with the key of entry i (§7; _dl_cache_libcmp): runs of
// digits count as numbers, and any digit is more than any other character.
func (c *cache) compare(name string, i int) (cmp int, ok bool) {
	key := c.u32(c.entries[i*c.size+4:])
	if int64(key) >= int64(len(c.strs)) {
		return 0, false
	}
	if c.work > maxCompared {
		return 0, false
	}
	b := c.strs[key:min(int64(len(c.strs)), int64(key)+pathMax)]
	a, at := 0, 0
	defer func() {
		if c.work += at + 1; at >= pathMax { // longer than any name
			cmp, ok = 0, false
		}
	}()
	for a < len(name) {
		x, y := name[a], byteAt(b, at)
		dx, dy := digit(x), digit(y)
		switch {
		case dx && dy:
			var n, m int32
			for ; a < len(name) && digit(name[a]); a++ {
				n = n*10 + int32(name[a]-'0')
			}
			for ; digit(byteAt(b, at)); at++ {
				m = m*10 + int32(b[at]-'0')
			}
			if n != m {
				return int(n) - int(m), true
			}
		case dx:
			return 1, true
		case dy:
			return -1, true
		case x != y:
			return c.char(x) - c.char(y), true
		default:
			a, at = a+1, at+1
		}
	}
	return -c.char(byteAt(b, at)), true
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// byteAt is b[i], or the NUL that a string ends with.
func byteAt(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// char is the value of a C char.
func (c *cache) char(b byte) int {
	if c.signed {
		return int(int8(b))
	}
	return int(b)
}
