package relocate

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// A file that cannot be read is an error, and neither lost nor the same.
func TestUnreadable(t *testing.T) {
	w := testtree.Tree{testtree.GlibcLoader: "ld", "/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/bin/s": "text #!/bin/t", "/etc/x": "text"}
	plain := func() fs.ReadLinkFS { return w.Build(t) }
	failing := func(what string) fs.ReadLinkFS {
		return testfs.FS{MapFS: w.Build(t), Fail: map[string]error{what: syscall.EIO}}
	}
	for _, what := range []string{"lstat lib/liba.so", "read lib/liba.so", "lstat etc/ld.so.cache", "lstat etc/ld.so.preload"} {
		for _, program := range []string{"/bin/t", "/bin/s"} {
			for _, tr := range []Comparison{
				{Source: &elfdeps.Resolver{FS: failing(what)}, Image: &elfdeps.Resolver{FS: plain()}},
				{Source: &elfdeps.Resolver{FS: plain()}, Image: &elfdeps.Resolver{FS: failing(what)}},
			} {
				if _, err := tr.Compare(t.Context(), program, program, ""); !errors.Is(err, syscall.EIO) {
					t.Errorf("%s of %s: %v", what, program, err)
				}
			}
		}
	}
	tr := Comparison{Source: &elfdeps.Resolver{FS: plain()}, Image: &elfdeps.Resolver{FS: plain()}}
	tr.Same = func(context.Context, *elfdeps.Object, *elfdeps.Object) (bool, error) { return false, syscall.EIO }
	if lost, err := tr.Compare(t.Context(), "/bin/t", "/bin/t", ""); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v, %v", lost, err)
	}
}

// A comparison ends with its context, and can be made again.
func TestCancelled(t *testing.T) {
	tree := testtree.Tree{testtree.GlibcLoader: "ld", "/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &elfdeps.Resolver{FS: tree.Build(t)}
	c := &Comparison{Source: r, Image: r}
	if _, err := c.Compare(ctx, "/bin/t", "/bin/t", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := c.Compare(t.Context(), "/bin/t", "/bin/t", ""); err != nil {
		t.Error(err)
	}
}
