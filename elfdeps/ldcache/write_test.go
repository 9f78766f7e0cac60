package ldcache

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
)

// machines whose caches differ: in class, byte order, flags, C's char.
var cacheMachines = []struct {
	name    string
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	eflags  uint32
	flags   int32
}{
	{"x86-64", elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0x303},
	{"x32", elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB, 0, 0x803},
	{"i386", elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, 0, 3},
	{"aarch64", elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0xa03},
	{"armhf", elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, 0x05000400, 0x903},
	{"armel", elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, 0x05000200, 0xb03},
	{"ppc64", elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB, 1, 0x503},
	{"s390x", elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, 0, 0x403},
	{"sparc64", elf.EM_SPARCV9, elf.ELFCLASS64, elf.ELFDATA2MSB, 0, 0x103},
	{"mips", elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB, 0, 3},
	{"mips64", elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2MSB, 0, 0x703},
	{"riscv64", elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, 5, 0x1003},
	{"riscv64 soft", elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, 1, 0xf03},
	{"loongarch64", elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, 0x43, 0x1203},
}

// entriesOf reads "NAME[@LEVEL]=PATH" words.
func entriesOf(flags int32, words string) (entries []Entry) {
	for word := range strings.FieldsSeq(words) {
		name, path, _ := strings.Cut(word, "=")
		name, level, _ := strings.Cut(name, "@")
		entries = append(entries, Entry{Name: name, Path: path, Flags: flags, Level: level})
	}
	return entries
}

func TestMarshal(t *testing.T) {
	const words = `liba.so.1=/opt/x/liba.so.1 liba.so.1@l2=/opt/x/glibc-hwcaps/l2/liba.so.1 liba.so.1@l1=/opt/x/glibc-hwcaps/l1/liba.so.1
		liba.so.10=/opt/x/liba.so.10 liba.so.9=/opt/x/liba.so.9 liba_.so=/y/liba_.so libé.so=/y/libé.so lib+.so=/y/lib+.so lib.so=/lib.so
		a=/a 7=/7 libz.so.1=/opt/x/libz.so.1.2`
	for _, m := range cacheMachines {
		t.Run(m.name, func(t *testing.T) {
			abi := elffile.ABI{Machine: m.machine, Class: m.class, Data: m.data, Flags: m.eflags}
			if got := Flags(abi)[0]; got != m.flags {
				t.Fatalf("flags %#x, want %#x", got, m.flags)
			}
			entries := entriesOf(m.flags, words)
			b := Marshal(entries, m.machine, m.data)
			c := Parse(b, abi)
			if c == nil {
				t.Fatal("our own reader refuses it")
			}
			for _, e := range entries {
				p := &Processor{}
				if e.Level != "" {
					p.Levels = []string{e.Level}
				}
				if got, ok := c.Choose(c.Lookup(e.Name), p); !ok || got != e.Path {
					t.Errorf("%s on %q: %q, want %q", e.Name, e.Level, got, e.Path)
				}
			}
			best := &Processor{Levels: []string{"l2", "l1"}}
			if got, _ := c.Choose(c.Lookup("liba.so.1"), best); got != "/opt/x/glibc-hwcaps/l2/liba.so.1" {
				t.Errorf("the best level gets %s", got)
			}
			for range 20 {
				rand.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
				if !bytes.Equal(b, Marshal(append(entries, entries[0]), m.machine, m.data)) {
					t.Fatal("the bytes depend on the order of the entries")
				}
			}
		})
	}
}

// The order is _dl_cache_libcmp's, the greatest first.
func TestCacheOrder(t *testing.T) {
	want := []string{"4294967297", "1", "lib9x", "lib9", "liba10", "liba9", "liba", "lib_", "lib.so.10", "lib.so.9", "lib", "\xff"}
	for i := range want {
		for k := range want {
			got, _ := compareNames(want[k], want[i], true)
			same := i == k || want[i]+want[k] == "42949672971" || want[k]+want[i] == "42949672971"
			if same && got != 0 || !same && (got < 0) != (k > i) {
				t.Errorf("%q and %q: %d", want[k], want[i], got)
			}
		}
	}
	if got, _ := compareNames("\xff", "a", false); got < 0 {
		t.Error("a char of 255 is less than a letter where char is unsigned")
	}
}

func FuzzMarshal(f *testing.F) {
	f.Add("liba.so", "/x/liba.so", "libb.so.1", "/y/libb.so.1", "v2")
	f.Add("a1", "a", "a01", "1", "")
	f.Fuzz(func(t *testing.T, name1, path1, name2, path2, level string) {
		for _, s := range []string{name1, path1, name2, path2 + "/l", level} {
			if strings.ContainsRune(s, 0) || len(s) >= pathMax {
				return // Marshal asks for neither
			}
		}
		entries := []Entry{{name1, path1, 0x303, ""}, {name2, path2, 0x303, ""}, {name2, path2 + "/l", 0x303, level}}
		c := Parse(Marshal(entries, elf.EM_X86_64, elf.ELFDATA2LSB), x8664())
		for _, e := range entries {
			has := slices.ContainsFunc(c.Lookup(e.Name), func(found match) bool { return found.path == e.Path && found.level == e.Level })
			if !has {
				t.Errorf("%+v is not found", e)
			}
		}
	})
}
