package elfdeps

import (
	"context"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testcache"
)

func TestDoubtful(t *testing.T) {
	for _, c := range []struct {
		world world
		path  string
		want  bool
	}{
		{world: world{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib"}},
		{world: world{"/bin/t": "exe needs=liba.so rpath=/opt", "/opt/liba.so": "lib"}, path: "/srv"},
		{world: world{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib"}, path: "/opt", want: true},
		{world: world{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": "cache /lib"}},
		{world: world{"/bin/t": "exe needs=liba.so", "/opt/liba.so": "lib", "/etc/ld.so.cache": "cache /opt"}, want: true},
	} {
		if dir, ok := strings.CutPrefix(c.world["/etc/ld.so.cache"], "cache "); ok {
			c.world["/etc/ld.so.cache"] = testcache.File("liba.so=" + dir + "/liba.so")
		}
		c.world[glibcLoader] = "ld"
		r := Resolver{FS: c.world.build(t), LibraryPath: c.path}
		found, err := r.Resolve(context.Background(), "/bin/t")
		if got := r.Doubtful(t.Context(), found); got != c.want || err != nil {
			t.Errorf("%v: %v, %v", c.world, got, err)
		}
	}
}
