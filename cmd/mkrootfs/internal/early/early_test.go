package early

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImportsStayLight: a package that this one imports is initialised before
// it, and so is what imports no more than those and sorts before it.
func TestImportsStayLight(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	const ours = "github.com/mkrootfs/mkrootfs/"
	allowed := map[string]bool{
		ours + "elfdeps": true, ours + "internal/sysroot": true,
		ours + "internal/bounded": true, ours + "internal/extent": true,
		ours + "cmd/mkrootfs/internal/early": true, ours + "cmd/mkrootfs/internal/show": true,
		ours + "cmd/mkrootfs/internal/source": true, ours + "cmd/mkrootfs/internal/tell": true,
		"github.com/docker/go-units": true, ours + "internal/guard": true, "golang.org/x/sys/unix": true,
	}
	for name := range strings.FieldsSeq(string(out)) {
		switch first, _, _ := strings.Cut(name, "/"); {
		case name == "net" || name == "regexp" || name == "os/exec" || name == "crypto/tls":
			t.Errorf("%s takes long to initialise", name)
		case strings.Contains(first, ".") && !allowed[name] && !strings.HasPrefix(name, ours+"elfdeps/"):
			t.Errorf("%s is not on the list of what is light", name)
		}
	}
}

// TestParse: only what main understands just so is answered early.
func TestParse(t *testing.T) {
	for _, tc := range []struct {
		args string
		want string // form, sysroot and programs; "" for main
	}{
		{"--print json ls", "json  ls"},
		{"ls --print=ldd --sysroot /x cat", "ldd /x ls cat"},
		{"--sysroot=/x --print tree --print json ls", "json /x ls"},
		{"--print json", ""},
		{"--print list ls", ""},
		{"--print jason ls", ""},
		{"ls --print", ""},
		{"ls", ""},
		{"--print json -v ls", ""},
		{"--print json ls -- x", ""},
		{"--print json --with tzdata ls", ""},
		{"--print json a b c d e f g h i", ""},
	} {
		q, ok := parse(strings.Fields(tc.args))
		got := strings.Join(append([]string{q.form, q.sysroot}, q.programs...), " ")
		if !ok {
			got = ""
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.args, got, tc.want)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "now")
	if _, ok := parse([]string{"--print", "json", "ls"}); ok {
		t.Error("a SOURCE_DATE_EPOCH is passed over")
	}
}
