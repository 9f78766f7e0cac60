package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

func x8664() *elfFile {
	return &elfFile{layout: layout{wide: true}, machine: elf.EM_X86_64, ident: []byte{0x7f, 'E', 'L', 'F', 2, 1}}
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
				file.order, f.big = binary.BigEndian, true
			}
			c := newCache(layout.make(file), f)
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
				got := c.lookup(n)
				if len(got) != 1 || got[0].path != want {
					t.Errorf("%q: %v, want %s", n, got, want)
				}
			}
			for _, n := range []string{"", "liba.so", "liba11.so", "libzz.so", "a", "~"} {
				if got := c.lookup(n); got != nil {
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
		{"old, more entries than bytes", func([]byte) []byte { return append([]byte(cacheMagicOld), 0xff, 0xff, 0xff, 0xff) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if c := newCache(tc.edit(append([]byte{}, good...)), x8664()); c != nil {
				t.Error("read")
			}
		})
	}
	// Offsets that lead nowhere make an entry void, not the reader fail.
	for at := cacheHeadNew; at < cacheHeadNew+12; at++ {
		b := append([]byte{}, good...)
		b[at] = 0xff
		if got := newCache(b, x8664()).lookup("liba.so"); len(got) > 1 {
			t.Errorf("byte %d: %v", at, got)
		}
	}
}

func cached(entries ...entry) string { return "text " + string(newCacheFile(entries...).modern(0)) }

func TestCacheInSearch(t *testing.T) {
	x := func(name string) entry { return entry{key: name, path: "/x/" + name} }
	play(t, []scene{
		{
			name:  "only there",
			world: world{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/etc/ld.so.cache": cached(x("liba.so"))},
			want:  "/x/liba.so",
		},
		{
			name:  "ld.so.conf alone is never read",
			world: world{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/etc/ld.so.conf": "text /x"},
			want:  "missing:liba.so</bin/t",
		},
		{
			name:  "before the default directories",
			world: world{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/lib/liba.so": "lib", "/etc/ld.so.cache": cached(x("liba.so"))},
			want:  "/x/liba.so",
		},
		{
			name:  "stale",
			world: world{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": cached(x("liba.so"))},
			want:  "/lib/liba.so",
		},
		{
			name: "without default directories",
			world: world{
				"/bin/t": "exe needs=libn.so runpath=/m", "/m/libn.so": "lib needs=liba.so,libb.so nodeflib", "/x/liba.so": "lib", "/usr/lib/sub/libb.so": "lib",
				"/etc/ld.so.cache": cached(x("liba.so"), entry{key: "libb.so", path: "/usr/lib/sub/libb.so"}),
			},
			want: "/m/libn.so /x/liba.so missing:libb.so</m/libn.so",
		},
		{
			name: "a variant for each level",
			world: world{
				"/bin/t": "exe needs=liba.so", glibcLoader: "ld hwcaps=x86-64-v3:x86-64-v2",
				"/x/liba.so": "lib", "/x/v2/liba.so": "lib needs=libb.so", "/lib/libb.so": "lib",
				"/etc/ld.so.cache": cached(x("liba.so"), entry{key: "liba.so", path: "/x/v2/liba.so", level: "x86-64-v2", isa: 1}),
			},
			want: "/x/v2/liba.so /lib/libb.so /x/liba.so",
		},
		{
			name: "a stale variant hides the plain entry",
			world: world{
				"/bin/t": "exe needs=liba.so", glibcLoader: "ld hwcaps=x86-64-v3:x86-64-v2", "/x/liba.so": "lib",
				"/etc/ld.so.cache": cached(x("liba.so"), entry{key: "liba.so", path: "/x/v2/liba.so", level: "x86-64-v2", isa: 1}),
			},
			want: "/x/liba.so missing:liba.so</bin/t",
		},
		{
			name:  "legacy entries count up to 2.36",
			world: world{"/bin/t": "exe needs=liba.so", glibcLoader: "ld version=2.36", "/x/liba.so": "lib", "/etc/ld.so.cache": cached(entry{key: "liba.so", path: "/x/liba.so", hwcap: 1 << 63})},
			want:  "/x/liba.so",
		},
		{
			name:  "and no longer",
			world: world{"/bin/t": "exe needs=liba.so", glibcLoader: "ld version=2.37", "/x/liba.so": "lib", "/etc/ld.so.cache": cached(entry{key: "liba.so", path: "/x/liba.so", hwcap: 1 << 63})},
			want:  "missing:liba.so</bin/t",
		},
		{
			name:  "the interpreter says where it is",
			world: world{"/bin/t": "exe needs=liba.so", glibcLoader: "ld cache=/nix/etc/ld.so.cache", "/x/liba.so": "lib", "/nix/etc/ld.so.cache": cached(x("liba.so"))},
			want:  "/x/liba.so",
		},
	})
}

// Damage that the loader does not mind, or minds more than one would think.
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
		if c := newCache(tc.edit(append([]byte{}, tc.bytes...)), x8664()); c != nil {
			for _, e := range c.lookup("liba.so") {
				got = append(got, strings.TrimSpace(e.path+" "+e.level))
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	play(t, []scene{{
		name:  "an entry without a path",
		world: world{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": cached(entry{key: "liba.so"})},
		want:  "/lib/liba.so",
	}})
}
