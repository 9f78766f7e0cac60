package elfdeps

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

func TestFacts(t *testing.T) {
	payload := func(words ...string) []byte { return testtree.Loader(words).Payload }
	debian := payload("vendor=Debian", "version=2.36", "dirs=/lib/x86_64-linux-gnu/,/usr/lib/x86_64-linux-gnu/,/lib/,/usr/lib/", "lib=lib/x86_64-linux-gnu", "hwcaps=x86-64-v3:x86-64-v2")
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		bytes   []byte
		want    facts
		old     bool
	}{
		{
			name: "Debian", bytes: debian,
			want: facts{
				dirs: []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"}, lib: "lib/x86_64-linux-gnu",
				levels: []string{"x86-64-v3", "x86-64-v2"}, cache: "/etc/ld.so.cache", version: 236, debian: true,
			},
		},
		{
			name: "strings across a piece's border", bytes: append(bytes.Repeat([]byte{1}, factChunk-0x200-40), append([]byte{0}, debian...)...),
			want: facts{
				dirs: []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"}, lib: "lib/x86_64-linux-gnu",
				levels: []string{"x86-64-v3", "x86-64-v2"}, cache: "/etc/ld.so.cache", version: 236, debian: true,
			},
		},
		{
			name: "nothing", bytes: []byte("nothing of use/\x00"),
			want: facts{dirs: []string{"/lib64/", "/usr/lib64/"}, lib: "lib64", levels: []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"}, cache: "/etc/ld.so.cache"},
		},
		{
			name: "an old one that does not tell", bytes: []byte("\x00/lib64/\x00/usr/lib64/\x00\x00LIB\x00lib64\x00"),
			want: facts{dirs: []string{"/lib64/", "/usr/lib64/"}, lib: "lib64", cache: "/etc/ld.so.cache"}, old: true,
		},
		{
			name: "s390x", machine: elf.EM_S390, bytes: payload("dirs=/lib/s390x-linux-gnu/,/lib/", "hwcaps=z16:z15:z14:z13", "version=2.42.9000"),
			want: facts{dirs: []string{"/lib/s390x-linux-gnu/", "/lib/"}, lib: "lib", levels: []string{"z16", "z15", "z14", "z13"}, cache: "/etc/ld.so.cache", version: 242, debian: true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := elftest.File{Machine: tc.machine, Payload: tc.bytes}.Bytes()
			s := (&Resolver{FS: fstest.MapFS{"ld": {Data: b}}}).session()
			o := s.open("/ld")
			got, err := s.loaderOf(t.Context(), s.load(o), o, "ld.so")
			if err != nil {
				t.Fatal(err)
			}
			w := tc.want
			if !slices.Equal(got.dirs, w.dirs) || got.lib != w.lib || !slices.Equal(got.levels, w.levels) || got.cache != w.cache ||
				got.version != w.version || got.debian != w.debian || got.old != tc.old {
				t.Errorf("got  %+v, old %v\nwant %+v, old %v", got.facts, got.old, w, tc.old)
			}
		})
	}
}

func TestMuslFacts(t *testing.T) {
	b := elftest.File{Payload: []byte("\x00/opt/lib:/usr/local/lib:/usr/lib\x00")}.Bytes()
	s := (&Resolver{FS: fstest.MapFS{"ld": {Data: b}}}).session()
	o := s.open("/ld")
	if got, err := s.loaderOf(t.Context(), s.load(o), o, "libc.so"); err != nil || !got.musl || !strings.HasPrefix(got.path, "/opt/lib:") {
		t.Errorf("%v, %+v", err, got)
	}
}
