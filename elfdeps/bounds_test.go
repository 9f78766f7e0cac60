package elfdeps

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/ldso"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// numbered makes n words.
func numbered(n int, format string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return out
}

// Programs and trees whose parts are each within the limits, but not their sum.
func TestHostileSums(t *testing.T) {
	deep := func(format string, n, depth int) []string { return numbered(n, format+strings.Repeat("/a", depth)) }
	runpaths := tree{"/bin/t": "exe needs=" + strings.Join(numbered(40, "/l/%d.so"), ",")}
	edges := tree{"/bin/t": "exe needs=/l/0.so"}
	versions := elftest.File{Needed: []string{"/v.so"}, Interp: glibcLoader, Verneed: []elftest.Verneed{{File: "/v.so", Versions: numbered(16000, "V%d")}}}
	for i := range 40 {
		runpaths[fmt.Sprintf("/l/%d.so", i)] = "lib needs=none.so runpath=" + strings.Join(numbered(4000, fmt.Sprintf("/r%d", i)+"/%d"), ":")
		edges[fmt.Sprintf("/l/%d.so", i)] = "lib needs=" + strings.Join(numbered(40, "/l/%d.so"), ",") + strings.Repeat(",/l/0.so", 4000)
	}
	filters := tree{"/bin/t": "exe needs=/l/f.so", "/l/f.so": "lib needs=" + strings.Join(numbered(1000, "/l/%d.so"), ",") + " filter=" + strings.Join(numbered(1000, "/l/1%d.so"), ",")}
	for i := range 2000 {
		filters[fmt.Sprintf("/l/%d.so", i)] = "lib"
	}
	for name, tc := range map[string]struct {
		tree tree
		want string
	}{
		"components of directories": {tree{"/bin/t": "exe needs=liba.so runpath=" + strings.Join(deep("/%d", 240, 2000), ":")}, "too many paths searched"},
		"components of names":       {tree{"/bin/t": "exe needs=" + strings.Join(deep("/%d", 240, 2000), ",")}, "too many paths searched"},
		"search lists":              {runpaths, "too many paths searched"},
		"needs":                     {edges, "too many paths searched"},
		"filters":                   {filters, "/l/999.so"},
		"versions":                  {tree{"/bin/t": "text " + string(versions.Bytes()), "/v.so": "lib defines=" + strings.Join(numbered(16000, "D%d"), ",")}, "version 'V1023' of /v.so"},
		".path files":               {tree{"/bin/t": "musl needs=liba.so", muslLoader: "lib", "/etc/ld-musl-x86_64.path": "text " + strings.Join(numbered(37000, "/%d"), ":")}, "too many paths searched"},
		"a larger .path file":       {tree{"/bin/t": "musl needs=liba.so", muslLoader: "lib", "/etc/ld-musl-x86_64.path": "text " + strings.Repeat("/x:", 1<<17)}, "larger than 262144 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(within(t, tc.tree, "/bin/t")); !strings.Contains(got, tc.want) {
				t.Errorf("got %.300s, want %s", got, tc.want)
			}
		})
	}
}

// Lists that no glibc has in its loader, with the mark of a level every ten bytes:
// each string is split once.
func TestHostileLoader(t *testing.T) {
	for name, payload := range map[string]string{
		"levels":      strings.Repeat("\x00"+strings.Repeat("x86-64-v2:", 6000)+"X.Y", 100),
		"many levels": "\x00" + strings.Repeat("a:", 30000) + "x86-64-v2\x00",
		"directories": "\x00" + strings.Join(numbered(8000, "/lib%d/"), "\x00") + "\x00",
		"no strings":  strings.Repeat("/", 16<<20),
	} {
		t.Run(name, func(t *testing.T) {
			f := fsOf(map[string][]byte{
				"bin/t": elftest.File{Interp: "/ld", Needed: numbered(100, "l%d.so")}.Bytes(), "ld": elftest.File{Payload: []byte(payload + "\x00")}.Bytes(),
			})
			r := &Resolver{FS: f}
			c, err := r.Resolve(t.Context(), "/bin/t")
			if err == nil || len(c.Missing) != 100 || len(c.Missing[0].Tried) > 2*ldso.MaxDirs {
				t.Errorf("%d missing, %v", len(c.Missing), err)
			}
		})
	}
}

func fsOf(files map[string][]byte) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: data, Mode: 0o755}
	}
	return m
}
