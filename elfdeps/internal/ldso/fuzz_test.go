package ldso

import (
	"debug/elf"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
)

// FuzzFacts looks through any piece of a loader: the directories found are
// absolute.
func FuzzFacts(f *testing.F) {
	f.Add(testtree.Loader([]string{"hwcaps=x86-64-v3:x86-64-v2"}).Payload)
	f.Add([]byte("/\x00/\x00lib/\x00\x00LIB\x00\x00release version 9"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []elf.Machine{elf.EM_X86_64, elf.EM_S390} {
			var found Facts
			found.scanPiece(b, m)
			for _, d := range found.Dirs {
				if d[0] != '/' || d[len(d)-1] != '/' {
					t.Errorf("directory %q", d)
				}
			}
		}
	})
}
