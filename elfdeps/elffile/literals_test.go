package elffile

import (
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// literals returns what Literals finds from the marker string on.
func literals(t *testing.T, payload string) []string {
	t.Helper()
	f := elftest.File{Needed: []string{"libc.so.6"}, Payload: []byte("\x00MARK\x00" + payload)}
	var got []string
	err := eachLiteral(f.Bytes(), func(b []byte) bool {
		got = append(got, string(b))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(got, "libc.so.6") {
		t.Error("the dynamic string table was not left out")
	}
	return got[slices.Index(got, "MARK")+1:]
}

func TestLiterals(t *testing.T) {
	long := strings.Repeat("x", maxLiteral)
	filler := strings.Repeat("y\x00", literalChunk/2)
	for _, tc := range []struct {
		name, payload string
		want          []string
	}{
		{"plain", "one\x00two words\x00", []string{"one", "two words"}},
		{"too short", "ab\x00abc\x00", []string{"abc"}},
		{"not printable", "a\x01bc\x00caf\xc3\xa9\x00tab\tbed\x00fine\x00", []string{"fine"}},
		{"without an end", "whole\x00half", []string{"whole"}},
		{"as long as may be", long + "\x00end\x00", []string{long, "end"}},
		{"too long", long + "x\x00end\x00", []string{"end"}},
		{"far too long", strings.Repeat(long, 40) + "\x00end\x00", []string{"end"}},
		{"across pieces", filler + "/usr/lib/gconv\x00" + filler + "end\x00", []string{"/usr/lib/gconv", "end"}},
		{"across pieces, odd", filler[:len(filler)-7] + "\x00/usr/lib/gconv\x00" + filler + "end\x00", []string{"/usr/lib/gconv", "end"}},
	} {
		if got := literals(t, tc.payload); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %.80q, want %.80q", tc.name, got, tc.want)
		}
	}
}

func TestPaths(t *testing.T) {
	filler := strings.Repeat("/\x00", literalChunk/2)
	payload := "/first\x00no/path\x00/\x00/a b\x00/tab\t\x00/" + strings.Repeat("x", maxLiteral) + "\x00" +
		filler[1:] + "/usr/share/x\x00" + filler + "%s/end\x00%d/no\x00/half"
	f := elftest.File{Static: true, Payload: []byte("\x00" + payload)}
	var got []string
	_, err := ask(f.Bytes(), func(f *File) (bool, error) {
		return true, f.Paths(func(b []byte) bool { got = append(got, string(b)); return true })
	})
	want := []string{"/first", "/a b", "/usr/share/x", "%s/end"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestLiteralsStop(t *testing.T) {
	f := elftest.File{Static: true, Payload: []byte("\x00one\x00two\x00")}
	n := 0
	err := eachLiteral(f.Bytes(), func([]byte) bool { n++; return false })
	if err != nil || n != 1 {
		t.Errorf("%d calls, %v", n, err)
	}
}

func TestDlopenHints(t *testing.T) {
	payload := "\x00libidn2.so.0\x00/opt/x/libjvm.so\x00lib/libq.so.1\x00libc.so.6\x00libself.so.1\x00lib%s.so\x00" +
		"not a libfoo.so name\x00libbar.so.1.2.3\x00libbar.so.1.2.3\x00%s/link_%s.so\x00plugin.so\x00"
	f := elftest.File{Soname: "libself.so.1", Needed: []string{"libc.so.6"}, Payload: []byte(payload), Symbols: symbolList("dlopen")}
	h, err := ask(f.Bytes(), (*File).DlopenHints)
	names := []string{"/opt/x/libjvm.so", "lib/libq.so.1", "libbar.so.1.2.3", "libidn2.so.0"}
	if err != nil || !slices.Equal(h, names) {
		t.Errorf("names %q, %v; want %q", h, err, names)
	}
	f.Symbols = symbolList("printf")
	if h, err = ask(f.Bytes(), (*File).DlopenHints); err != nil || len(h) > 0 {
		t.Errorf("without dlopen: %v, %v", h, err)
	}
}
