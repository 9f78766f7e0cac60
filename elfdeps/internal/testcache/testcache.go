// Package testcache writes ld.so.cache for tests. Start with File.
package testcache

import (
	"debug/elf"
	"strings"

	"github.com/mkrootfs/mkrootfs/elfdeps/ldcache"
)

// File returns an ld.so.cache for x86-64, as a line of a testtree.Tree, out of words
// like "NAME[@LEVEL]=PATH".
func File(words string) string {
	var entries []ldcache.Entry
	for word := range strings.FieldsSeq(words) {
		name, path, _ := strings.Cut(word, "=")
		name, level, _ := strings.Cut(name, "@")
		entries = append(entries, ldcache.Entry{Name: name, Path: path, Flags: 0x303, Level: level})
	}
	return "text " + string(ldcache.Marshal(entries, elf.EM_X86_64, elf.ELFDATA2LSB))
}
