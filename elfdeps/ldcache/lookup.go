package ldcache

import "slices"

// Processor has the properties of a processor on which entries depend.
type Processor struct {
	Levels []string // glibc-hwcaps levels that it has, best first
	ISA    int      // x86: its level, 0 the oldest
	Bits   uint64   // its capabilities in legacy entries
	Legacy bool     // the loader knows legacy entries: glibc removed them in 2.37
}

// bitTLS is set in legacy entries of libraries below a directory called tls.
const bitTLS = 1 << 63

// Matches are the entries of one name.
type Matches []match

type match struct {
	path  string
	hwcap uint64
	level string // of a glibc-hwcaps entry
	named bool   // it is a glibc-hwcaps entry
}

// fewEntries is more than a name has in the cache of any system.
const fewEntries = 24

// Lookup returns the entries of name that the loader may use, in their order
// (search_cache).
func (c *Cache) Lookup(name string) Matches {
	if found, ok := c.memo[name]; ok {
		return found
	}
	found := c.search(name)
	c.memo[name] = found
	return found
}

func (c *Cache) search(name string) Matches {
	left, right := 0, len(c.entries)/c.size-1
	for left <= right {
		middle := (left + right) / 2
		order, ok := c.compare(name, middle)
		switch {
		case !ok:
			return nil
		case order < 0:
			left = middle + 1
		case order > 0:
			right = middle - 1
		default:
			return c.equal(name, middle)
		}
	}
	return nil
}

// equal collects the entries around at whose keys equal name. Where there are more
// than in any real cache, of those for the same processors only the first is kept,
// which is the one that Choose would return.
func (c *Cache) equal(name string, at int) (found Matches) {
	same := func(i int) bool {
		order, ok := c.compare(name, i)
		return ok && order == 0
	}
	for at > 0 && same(at-1) {
		at--
	}
	for n := len(c.entries) / c.size; at < n && same(at); at++ {
		e := c.entries[at*c.size:]
		if !slices.Contains(c.flags, int32(c.layout.U32(e))) {
			continue
		}
		entry, ok := c.entry(e)
		like := func(f match) bool { return f.hwcap == entry.hwcap }
		if !ok || len(found) > fewEntries && slices.ContainsFunc(found, like) {
			continue
		}
		if found = append(found, entry); len(found) == maxKinds || len(found) > fewEntries && entry.hwcap == 0 {
			break
		}
	}
	return found
}

// entry reads the entry that b begins with.
func (c *Cache) entry(b []byte) (e match, ok bool) {
	if e.path, ok = text(c.strs, c.layout.U32(b[8:])); !ok {
		return e, false
	}
	if c.size == 24 {
		e.hwcap = c.layout.U64(b[16:])
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

// Choose returns the path that the loader opens on p, out of the entries of one
// name. It is not ok when none of them is for p.
func (c *Cache) Choose(found Matches, p *Processor) (path string, ok bool) {
	best := -1
	for _, e := range found {
		switch {
		case e.named:
			rank := slices.Index(p.Levels, e.level)
			if rank < 0 || c.isX86 && int(e.hwcap>>32&0x3ff) > p.ISA {
				continue
			}
			if best < 0 || rank < best {
				best, path = rank, e.path
			}
		case best >= 0:
			return path, true
		case e.hwcap == 0:
			return e.path, true
		case p.Legacy && e.hwcap&^(p.Bits|bitTLS) == 0:
			return e.path, true
		}
	}
	return path, best >= 0
}

// Vary reports whether the path that Choose returns may differ between the
// processors of a loader that knows legacy capabilities or does not.
func (m Matches) Vary(legacy bool) bool {
	return slices.ContainsFunc(m, func(e match) bool { return e.named || e.hwcap != 0 && legacy })
}

// compare compares name with the key of entry i. It is not ok when the key is
// damaged, or when too much was compared already.
func (c *Cache) compare(name string, i int) (order int, ok bool) {
	key := c.layout.U32(c.entries[i*c.size+4:])
	if int64(key) >= int64(len(c.strs)) || c.work > maxCompared {
		return 0, false
	}
	b := c.strs[key:min(int64(len(c.strs)), int64(key)+pathMax)]
	order, used := compareNames(name, b, c.signed)
	c.work += used + 1
	return order, used < pathMax // else it is longer than any name
}
