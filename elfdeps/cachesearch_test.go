package elfdeps

import (
	"encoding/binary"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testcache"
)

// legacyCache is an ld.so.cache with one entry, for loaders that know the bits of
// hwcap.
func legacyCache(name, path string, hwcap uint64) string {
	b := []byte(testcache.File(name + "=" + path))
	binary.LittleEndian.PutUint64(b[len("text ")+48+16:], hwcap) // behind the header, in the first entry
	return string(b)
}

func TestCacheInSearch(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "only there",
			tree: tree{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so")},
			want: "/x/liba.so",
		},
		{
			name: "ld.so.conf alone is never read",
			tree: tree{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/etc/ld.so.conf": "text /x"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "before the default directories",
			tree: tree{"/bin/t": "exe needs=liba.so", "/x/liba.so": "lib", "/lib/liba.so": "lib", "/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so")},
			want: "/x/liba.so",
		},
		{
			name: "stale",
			tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so")},
			want: "/lib/liba.so",
		},
		{
			name: "without default directories",
			tree: tree{
				"/bin/t": "exe needs=libn.so runpath=/m", "/m/libn.so": "lib needs=liba.so,libb.so nodeflib", "/x/liba.so": "lib", "/usr/lib/sub/libb.so": "lib",
				"/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so libb.so=/usr/lib/sub/libb.so"),
			},
			want: "/m/libn.so /x/liba.so missing:libb.so</m/libn.so",
		},
		{
			name: "a variant for each level",
			tree: tree{
				"/bin/t": "exe needs=liba.so", glibcLoader: "ld hwcaps=x86-64-v3:x86-64-v2",
				"/x/liba.so": "lib", "/x/v2/liba.so": "lib needs=libb.so", "/lib/libb.so": "lib",
				"/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so liba.so@x86-64-v2=/x/v2/liba.so"),
			},
			want: "/x/v2/liba.so /lib/libb.so /x/liba.so",
		},
		{
			name: "a stale variant hides the plain entry",
			tree: tree{
				"/bin/t": "exe needs=liba.so", glibcLoader: "ld hwcaps=x86-64-v3:x86-64-v2", "/x/liba.so": "lib",
				"/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so liba.so@x86-64-v2=/x/v2/liba.so"),
			},
			want: "/x/liba.so missing:liba.so</bin/t",
		},
		{
			name: "legacy entries count up to 2.36",
			tree: tree{"/bin/t": "exe needs=liba.so", glibcLoader: "ld version=2.36", "/x/liba.so": "lib", "/etc/ld.so.cache": legacyCache("liba.so", "/x/liba.so", 1<<63)},
			want: "/x/liba.so",
		},
		{
			name: "and no longer",
			tree: tree{"/bin/t": "exe needs=liba.so", glibcLoader: "ld version=2.37", "/x/liba.so": "lib", "/etc/ld.so.cache": legacyCache("liba.so", "/x/liba.so", 1<<63)},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "the interpreter says where it is",
			tree: tree{"/bin/t": "exe needs=liba.so", glibcLoader: "ld cache=/nix/etc/ld.so.cache", "/x/liba.so": "lib", "/nix/etc/ld.so.cache": testcache.File("liba.so=/x/liba.so")},
			want: "/x/liba.so",
		},
	})
}

func TestEmptyPathInCache(t *testing.T) {
	runCases(t, []searchCase{{
		name: "an entry without a path",
		tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib", "/etc/ld.so.cache": testcache.File("liba.so=")},
		want: "/lib/liba.so",
	}})
}
