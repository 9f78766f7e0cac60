package ldcache

import (
	"debug/elf"
	"testing"
)

func FuzzParse(f *testing.F) {
	file := newCacheFile(entry{key: "liba.so", path: "/x/liba.so"}, entry{key: "liba.so", path: "/x/v2/liba.so", level: "x86-64-v2", isa: 1},
		entry{key: "libb10.so", path: "/b"}, entry{key: "libc.so.6", path: "/c", hwcap: 1 << 63})
	f.Add(file.modern(0), "liba.so")
	f.Add(file.old(false), "libb10.so")
	f.Add(file.old(true), "libc.so.6")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		for _, big := range []bool{false, true} {
			abi := x8664()
			if big {
				abi.Data = elf.ELFDATA2MSB
			}
			c := Parse(b, abi)
			if c == nil {
				continue
			}
			found := c.Lookup(name)
			found.Vary(true)
			for isa, levels := range [][]string{nil, {"x86-64-v2"}, {"x86-64-v3", "x86-64-v2"}} {
				c.Choose(found, &Processor{Levels: levels, ISA: isa, Bits: 1 << 50, Legacy: true})
			}
		}
	})
}
