package elfdeps

import (
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
