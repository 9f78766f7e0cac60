package elfdeps

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
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
	{"x86-64", elf.EM_X86_64, wide, elf.ELFDATA2LSB, 0, 0x303},
	{"x32", elf.EM_X86_64, narrow, elf.ELFDATA2LSB, 0, 0x803},
	{"i386", elf.EM_386, narrow, elf.ELFDATA2LSB, 0, 3},
	{"aarch64", elf.EM_AARCH64, wide, elf.ELFDATA2LSB, 0, 0xa03},
	{"armhf", elf.EM_ARM, narrow, elf.ELFDATA2LSB, 0x05000400, 0x903},
	{"armel", elf.EM_ARM, narrow, elf.ELFDATA2LSB, 0x05000200, 0xb03},
	{"ppc64", elf.EM_PPC64, wide, elf.ELFDATA2MSB, 1, 0x503},
	{"s390x", elf.EM_S390, wide, elf.ELFDATA2MSB, 0, 0x403},
	{"sparc64", elf.EM_SPARCV9, wide, elf.ELFDATA2MSB, 0, 0x103},
	{"mips", elf.EM_MIPS, narrow, elf.ELFDATA2MSB, 0, 3},
	{"mips64", elf.EM_MIPS, wide, elf.ELFDATA2MSB, 0, 0x703},
	{"riscv64", elf.EM_RISCV, wide, elf.ELFDATA2LSB, 5, 0x1003},
	{"riscv64 soft", elf.EM_RISCV, wide, elf.ELFDATA2LSB, 1, 0xf03},
	{"loongarch64", machLoongArc, wide, elf.ELFDATA2LSB, 0x43, 0x1203},
}

// entriesOf reads "NAME[@LEVEL]=PATH" words.
func entriesOf(flags int32, words string) (entries []CacheEntry) {
	for word := range strings.FieldsSeq(words) {
		name, path, _ := strings.Cut(word, "=")
		name, level, _ := strings.Cut(name, "@")
		entries = append(entries, CacheEntry{Name: name, Path: path, Flags: flags, Level: level})
	}
	return entries
}

func TestMarshalCache(t *testing.T) {
	const words = `liba.so.1=/opt/x/liba.so.1 liba.so.1@l2=/opt/x/glibc-hwcaps/l2/liba.so.1 liba.so.1@l1=/opt/x/glibc-hwcaps/l1/liba.so.1
		liba.so.10=/opt/x/liba.so.10 liba.so.9=/opt/x/liba.so.9 liba_.so=/y/liba_.so libé.so=/y/libé.so lib+.so=/y/lib+.so lib.so=/lib.so
		a=/a 7=/7 libz.so.1=/opt/x/libz.so.1.2`
	for _, m := range cacheMachines {
		t.Run(m.name, func(t *testing.T) {
			o := Object{Machine: m.machine, Class: m.class, Data: m.data, Flags: m.eflags}
			if got := o.CacheFlags(); got != m.flags {
				t.Fatalf("flags %#x, want %#x", got, m.flags)
			}
			entries := entriesOf(m.flags, words)
			b := MarshalCache(entries, m.machine, m.data)
			f := &elfFile{layout: layout{m.class == wide, m.data == elf.ELFDATA2MSB}, machine: m.machine, flags: m.eflags}
			c := newCache(b, f)
			if c == nil {
				t.Fatal("our own reader refuses it")
			}
			for _, e := range entries {
				p := &cpu{}
				if e.Level != "" {
					p.levels = []string{e.Level}
				}
				if got, ok := c.choose(c.lookup(e.Name), p, &loader{facts: facts{version: 242}}); !ok || got != e.Path {
					t.Errorf("%s on %q: %q, want %q", e.Name, e.Level, got, e.Path)
				}
			}
			best := &cpu{levels: []string{"l2", "l1"}}
			if got, _ := c.choose(c.lookup("liba.so.1"), best, &loader{}); got != "/opt/x/glibc-hwcaps/l2/liba.so.1" {
				t.Errorf("the best level gets %s", got)
			}
			for range 20 {
				rand.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
				if !bytes.Equal(b, MarshalCache(append(entries, entries[0]), m.machine, m.data)) {
					t.Fatal("the bytes depend on the order of the entries")
				}
			}
		})
	}
}

// The order is _dl_cache_libcmp's, the greatest first.
func TestCacheOrder(t *testing.T) {
	want := []string{"4294967297", "1", "lib9x", "lib9", "liba10", "liba9", "liba", "lib_", "lib.so.10", "lib.so.9", "lib", "\xff"}
	w := cacheWriter{signed: true}
	for i := range want {
		for k := range want {
			got := w.compareNames(want[k], want[i])
			same := i == k || want[i]+want[k] == "42949672971" || want[k]+want[i] == "42949672971"
			if same && got != 0 || !same && (got < 0) != (k > i) {
				t.Errorf("%q and %q: %d", want[k], want[i], got)
			}
		}
	}
	if w.signed = false; w.compareNames("\xff", "a") < 0 {
		t.Error("a char of 255 is less than a letter where char is unsigned")
	}
}

func FuzzMarshalCache(f *testing.F) {
	f.Add("liba.so", "/x/liba.so", "libb.so.1", "/y/libb.so.1", "v2")
	f.Add("a1", "a", "a01", "1", "")
	f.Fuzz(func(t *testing.T, name1, path1, name2, path2, level string) {
		for _, s := range []string{name1, path1, name2, path2 + "/l", level} {
			if strings.ContainsRune(s, 0) || len(s) >= pathMax {
				return // MarshalCache asks for neither
			}
		}
		entries := []CacheEntry{{name1, path1, 0x303, ""}, {name2, path2, 0x303, ""}, {name2, path2 + "/l", 0x303, level}}
		c := newCache(MarshalCache(entries, elf.EM_X86_64, elf.ELFDATA2LSB), &elfFile{layout: layout{wide: true}, machine: elf.EM_X86_64})
		for _, e := range entries {
			has := slices.ContainsFunc(c.lookup(e.Name), func(found cacheEntry) bool { return found.path == e.Path && found.level == e.Level })
			if !has {
				t.Errorf("%+v is not found", e)
			}
		}
	})
}
