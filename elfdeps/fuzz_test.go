package elfdeps

import (
	"debug/elf"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
)

// FuzzResolve puts any file in the place of a program, a library and a loader,
// and asks all there is to ask about it.
func FuzzResolve(f *testing.F) {
	for _, b := range testtree.Seeds() {
		f.Add(b)
	}
	f.Add(testtree.SixBytes())
	file := &fstest.MapFile{Mode: 0o755}
	fsys := surround(f, file)
	f.Fuzz(func(t *testing.T, b []byte) {
		file.Data = b
		r, c, err := ask(t.Context(), fsys, len(b)%ways)
		if (err == nil) != (len(c.Missing)+len(c.Errors) == 0) {
			t.Errorf("error %v, %d missing, %d errors", err, len(c.Missing), len(c.Errors))
		}
		for _, o := range c.Objects {
			if o.Path == "" || o.RealPath == "" || o.Kind == "" {
				t.Errorf("%+v", o)
			}
		}
		for _, p := range c.Opened {
			if _, err := fs.Stat(r.session().root, p); err != nil {
				t.Errorf("opened %s: %v", p, err)
			}
		}
	})
}

func FuzzFacts(f *testing.F) {
	f.Add(testtree.Loader([]string{"hwcaps=x86-64-v3:x86-64-v2"}).Payload)
	f.Add([]byte("/\x00/\x00lib/\x00\x00LIB\x00\x00release version 9"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []elf.Machine{elf.EM_X86_64, elf.EM_S390} {
			var found facts
			found.look(b, m)
			for _, d := range found.dirs {
				if d[0] != '/' || d[len(d)-1] != '/' {
					t.Errorf("directory %q", d)
				}
			}
		}
	})
}
