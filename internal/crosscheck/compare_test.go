package crosscheck

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// TestComparison compares closures, which are for all processors, with the loader's list
// for one.
func TestComparison(t *testing.T) {
	for _, c := range []struct {
		name, listed, want string
	}{
		{"the same", "/v3/liba.so /libb.so /libc.so", ""},
		{"another processor's variant", "/liba.so /libc.so", ""},
		{"one less", "/v3/liba.so /libc.so", "/v3/liba.so: needs libb.so, which mkrootfs finds at /libb.so; the system's loader does not load that file"},
		{"one more", "/liba.so /libc.so /libd.so /libe.so", "/bin/t: the system's loader loads /libd.so, which mkrootfs does not find\n" +
			"/bin/t: the system's loader loads /libe.so, which mkrootfs does not find"},
		{"another", "/other/liba.so /libc.so", "/bin/t: needs liba.so, which mkrootfs finds at /v3/liba.so; the system's loader does not load that file\n" +
			"/bin/t: the system's loader loads /other/liba.so, which mkrootfs does not find"},
	} {
		object := func(path string) *elfdeps.Object {
			return &elfdeps.Object{Path: path, RealPath: path, Kind: elfdeps.Library}
		}
		edge := func(name string, to *elfdeps.Object) elfdeps.Edge {
			return elfdeps.Edge{Name: name, Path: to.Path, To: to, Rule: elfdeps.RuleDefault}
		}
		main, v3, base, b, libc, slash, ld, audit := object("/bin/t"), object("/v3/liba.so"), object("/liba.so"), object("/libb.so"), object("/libc.so"),
			object("/opt/slash.so"), object("/ld.so"), object("/audit.so")
		main.Kind, main.Interp, ld.Kind = elfdeps.Executable, "/ld.so", elfdeps.Interpreter
		spy := edge("audit.so", audit)
		spy.Element = "LD_AUDIT"
		main.Needed = []elfdeps.Edge{
			edge("liba.so", v3), edge("libc.so", libc), edge("/opt/slash.so", slash),
			{Name: "linux-vdso.so.1", Rule: elfdeps.RuleAlreadyLoaded},
			edge("liba.so", base), spy,
		}
		v3.Needed = []elfdeps.Edge{edge("libb.so", b), edge("ld.so", ld)}
		found := &elfdeps.Closure{Objects: []*elfdeps.Object{main, ld, v3, libc, slash, base, b, audit}}
		got := comparison{listed: map[string]bool{}, unlisted: map[string]bool{}, met: map[string]bool{}}
		for p := range strings.FieldsSeq(c.listed) {
			got.listed[p] = true
		}
		got.follow(found, "/bin/t")
		text := ""
		same, err := got.result(main)
		if err != nil {
			text = err.Error()
			var h *usererr.HintedError
			if !errors.As(err, &h) {
				t.Errorf("%s: no hint", c.name)
			}
		}
		if text != c.want || (text == "") != (same != "") {
			t.Errorf("%s: %q and %q, want %q", c.name, text, same, c.want)
		}
	}
}

// TestRestorePaths checks lines with white space in a path, of which pkg/ldd returns one
// word or nothing.
func TestRestorePaths(t *testing.T) {
	lib := func(name, path string) elfdeps.Edge {
		return elfdeps.Edge{Name: name, Path: path, To: &elfdeps.Object{Path: path, RealPath: path + ".real"}}
	}
	found := &elfdeps.Closure{Objects: []*elfdeps.Object{{Needed: []elfdeps.Edge{
		lib("liba.so", "/opt/a b/liba.so"), lib("lib b.so", "/x/lib b.so"), lib("libc.so", "/opt/c\nd/libc.so"),
		lib("libd.so", "/x/libd.so"), lib("libe.so", "/opt/never listed/libe.so"),
	}}}}
	got := restorePaths(map[string]bool{"/opt/a": true, "/opt/c": true, "/x/libd.so": true}, found)
	want := map[string]bool{"/opt/a b/liba.so.real": true, "/x/lib b.so.real": true, "/opt/c\nd/libc.so.real": true, "/x/libd.so": true}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
