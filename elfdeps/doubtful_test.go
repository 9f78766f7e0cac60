package elfdeps

import (
	"context"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testcache"
)

func TestDoubtful(t *testing.T) {
	for _, c := range []struct {
		tree tree
		path string
		want bool
	}{
		{tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib"}},
		{tree: tree{"/bin/t": "exe needs=liba.so rpath=/opt", "/opt/liba.so": "lib"}, path: "/srv"},
		{tree: tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib"}, path: "/opt", want: true},
		{tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": "cache /lib"}},
		{tree: tree{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib", "/etc/ld.so.cache": "cache /opt"}, want: true},
	} {
		if dir, ok := strings.CutPrefix(c.tree["/etc/ld.so.cache"], "cache "); ok {
			c.tree["/etc/ld.so.cache"] = testcache.File("liba.so=" + dir + "/liba.so")
		}
		c.tree[glibcLoader] = "ld"
		r := Resolver{FS: c.tree.build(t), LibraryPath: c.path}
		found, err := r.Resolve(context.Background(), "/bin/t")
		if got := r.Doubtful(t.Context(), found); got != c.want || err != nil {
			t.Errorf("%v: %v, %v", c.tree, got, err)
		}
	}
}
