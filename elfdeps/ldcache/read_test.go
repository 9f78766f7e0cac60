package ldcache

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

func x8664() elffile.ABI {
	return elffile.ABI{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}
}

// Names are found in all layouts and byte orders, and digits compare as numbers.
func TestCacheLookup(t *testing.T) {
	names := []string{"liba9.so", "liba10.so", "liba100.so", "liba-1.10.so", "liba-1.9.so", "libA.so", "libz.so", "libb1a.so", "libb01.so", "libc.so.6", "lib\xe9.so"}
	var entries []entry
	for _, n := range names {
		entries = append(entries, entry{key: n, path: "/x/" + n}, entry{key: n, path: "/32/" + n, flags: 3})
	}
	for _, layout := range []struct {
		name string
		big  bool
		make func(*cacheFile) []byte
	}{
		{"new", false, func(c *cacheFile) []byte { return c.modern(0) }},
		{"new, big endian", true, func(c *cacheFile) []byte { return c.modern(0) }},
		{"new, marked", false, func(c *cacheFile) []byte { c.endian = 2; return c.modern(0) }},
		{"old", false, func(c *cacheFile) []byte { return c.old(false) }},
		{"old, big endian", true, func(c *cacheFile) []byte { return c.old(false) }},
		{"both", false, func(c *cacheFile) []byte { return c.old(true) }},
		{"both, i386", false, func(c *cacheFile) []byte { c.align = 4; return c.old(true) }},
	} {
		t.Run(layout.name, func(t *testing.T) {
			file, f := newCacheFile(entries...), x8664()
			if layout.big {
				file.order, f.Data = binary.BigEndian, elf.ELFDATA2MSB
			}
			c := Parse(layout.make(file), f)
			if c == nil {
				t.Fatal("not read")
			}
			for _, n := range append(names, "liba09.so", "libb1.so") {
				want := "/x/" + n
				switch n {
				case "liba09.so": // equal to liba9.so as numbers go
					want = "/x/liba9.so"
				case "libb1.so":
					want = "/x/libb01.so"
				}
				got := c.Lookup(n)
				if len(got) != 1 || got[0].path != want {
					t.Errorf("%q: %v, want %s", n, got, want)
				}
			}
			for _, n := range []string{"", "liba.so", "liba11.so", "libzz.so", "a", "~"} {
				if got := c.Lookup(n); got != nil {
					t.Errorf("%q: %v, want nothing", n, got)
				}
			}
		})
	}
}

func TestCacheRefused(t *testing.T) {
	good := newCacheFile(entry{key: "liba.so", path: "/x/liba.so"}).modern(0)
	for _, tc := range []struct {
		name string
		edit func([]byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"cut in the header", func(b []byte) []byte { return b[:40] }},
		{"more entries than bytes", func(b []byte) []byte { b[22] = 0xff; return b }},
		{"other byte order", func(b []byte) []byte { b[28] = 3; return b }},
		{"invalid", func(b []byte) []byte { b[28] = 1; return b }},
		{"other magic", func(b []byte) []byte { b[0]++; return b }},
		{"old, more entries than bytes", func([]byte) []byte { return append([]byte(magicOld), 0xff, 0xff, 0xff, 0xff) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if c := Parse(tc.edit(append([]byte{}, good...)), x8664()); c != nil {
				t.Error("read")
			}
		})
	}
	// Offsets that lead nowhere make an entry void, not the reader fail.
	for at := headNew; at < headNew+12; at++ {
		b := append([]byte{}, good...)
		b[at] = 0xff
		if got := Parse(b, x8664()).Lookup("liba.so"); len(got) > 1 {
			t.Errorf("byte %d: %v", at, got)
		}
	}
}

// Damaged caches, of which the loader ignores some parts and uses others.
func TestCacheDamaged(t *testing.T) {
	plain, variant := entry{key: "liba.so", path: "/x/liba.so"}, entry{key: "liba.so", path: "/x/v2/liba.so", level: "x86-64-v2"}
	marked := newCacheFile(plain)
	marked.endian = 3
	for _, tc := range []struct {
		name  string
		bytes []byte
		edit  func([]byte) []byte
		want  []string // paths, those of levels with their level
	}{
		{"the last NUL is cut off", newCacheFile(plain).modern(0), func(b []byte) []byte { return b[:bytes.LastIndex(b, []byte("liba.so"))+7] }, []string{"/x/liba.so"}},
		{"the byte behind the old magic", newCacheFile(plain).old(false), func(b []byte) []byte { b[11] = 'x'; return b }, []string{"/x/liba.so"}},
		{"nothing", newCacheFile(plain, variant).modern(0), func(b []byte) []byte { return b }, []string{"/x/v2/liba.so x86-64-v2", "/x/liba.so"}},
		{"more extensions than bytes", newCacheFile(plain, variant).modern(0), func(b []byte) []byte {
			b[bytes.Index(b, []byte{0x74, 0x21, 0xa4, 0xea})+6] = 1
			return b
		}, []string{"/x/v2/liba.so", "/x/liba.so"}},
		// "the old-format part of the cache is bogus as well", even if it had the name
		{"other byte order behind an old table", append(newCacheFile(plain).old(false)[:16+12], append(make([]byte, 4), marked.modern(0)...)...), func(b []byte) []byte {
			copy(b[20:], []byte{0, 0, 0, 0, 0, 0, 0, 0})
			return b
		}, nil},
	} {
		var got []string
		if c := Parse(tc.edit(append([]byte{}, tc.bytes...)), x8664()); c != nil {
			for _, e := range c.Lookup("liba.so") {
				got = append(got, strings.TrimSpace(e.path+" "+e.level))
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
