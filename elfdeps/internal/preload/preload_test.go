package preload

import (
	"slices"
	"strings"
	"testing"
)

// FuzzNames reads any ld.so.preload.
func FuzzNames(f *testing.F) {
	for _, text := range []string{"liba.so /lib/b.so\n", "# x\nliba.so # y\n", "a#b\n#", "a\x00b c", "#", ":\t "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range Names(b) {
			if name == "" || strings.ContainsAny(name, ": \t\n\x00") {
				t.Errorf("name %q", name)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for text, want := range map[string][]string{
		"":                             nil,
		"a:b\tc d\ne":                  {"a", "b", "c", "d", "e"},
		"a # b c\nd":                   {"a", "d"},
		"#\n#b\na\n":                   {"a"},
		"# something long\na # b":      {"a", "#", "b"},
		"a\x00\nb\n":                   {"a"},
		"a\x00\nb":                     {"a", "b"},
		"a\r\n":                        {"a\r"},
		"#":                            nil,
		"a#":                           {"a"},
		"# x\n/p/libp.so # /p/libz.so": {"/p/libp.so", ".so"},
	} {
		if got := Names([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
