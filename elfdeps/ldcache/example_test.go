package ldcache_test

import (
	"debug/elf"
	"fmt"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

func Example() {
	x86 := elffile.ABI{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB}
	flags := ldcache.Flags(x86)[0]
	file := ldcache.Marshal([]ldcache.Entry{
		{Name: "liba.so.1", Path: "/opt/liba.so.1", Flags: flags},
		{Name: "liba.so.1", Path: "/opt/glibc-hwcaps/x86-64-v3/liba.so.1", Flags: flags, Level: "x86-64-v3"},
	}, x86.Machine, x86.Data)

	cache := ldcache.Parse(file, x86)
	found := cache.Lookup("liba.so.1")
	for _, p := range []ldcache.Processor{{}, {Levels: []string{"x86-64-v3", "x86-64-v2"}, ISA: 2}} {
		path, ok := cache.Choose(found, &p)
		fmt.Println(path, ok)
	}
	// Output:
	// /opt/liba.so.1 true
	// /opt/glibc-hwcaps/x86-64-v3/liba.so.1 true
}
