package ldso

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/elfdeps/elffile"
	"github.com/mkrootfs/mkrootfs/elfdeps/internal/testtree"
	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// read reads the loader b.
func read(b []byte, name string) (*Loader, error) {
	r := bytes.NewReader(b)
	return Read(elffile.Read(r, int64(len(b)), "ld"), r, name)
}

func TestFacts(t *testing.T) {
	payload := func(words ...string) []byte { return testtree.Loader(words).Payload }
	debian := payload("vendor=Debian", "version=2.36", "dirs=/lib/x86_64-linux-gnu/,/usr/lib/x86_64-linux-gnu/,/lib/,/usr/lib/", "lib=lib/x86_64-linux-gnu", "hwcaps=x86-64-v3:x86-64-v2")
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		bytes   []byte
		want    Facts
		old     bool
	}{
		{
			name: "Debian", bytes: debian,
			want: Facts{
				Dirs: []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"}, Lib: "lib/x86_64-linux-gnu",
				Levels: []string{"x86-64-v3", "x86-64-v2"}, Cache: "/etc/ld.so.cache", Version: 236, Debian: true,
			},
		},
		{
			name: "strings across a piece's border", bytes: append(bytes.Repeat([]byte{1}, factChunk-0x200-40), append([]byte{0}, debian...)...),
			want: Facts{
				Dirs: []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"}, Lib: "lib/x86_64-linux-gnu",
				Levels: []string{"x86-64-v3", "x86-64-v2"}, Cache: "/etc/ld.so.cache", Version: 236, Debian: true,
			},
		},
		{
			name: "nothing", bytes: []byte("nothing of use/\x00"),
			want: Facts{Dirs: []string{"/lib64/", "/usr/lib64/"}, Lib: "lib64", Levels: []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"}, Cache: "/etc/ld.so.cache"},
		},
		{
			name: "an old one without a version", bytes: []byte("\x00/lib64/\x00/usr/lib64/\x00\x00LIB\x00lib64\x00"),
			want: Facts{Dirs: []string{"/lib64/", "/usr/lib64/"}, Lib: "lib64", Cache: "/etc/ld.so.cache"}, old: true,
		},
		{
			name: "s390x", machine: elf.EM_S390, bytes: payload("dirs=/lib/s390x-linux-gnu/,/lib/", "hwcaps=z16:z15:z14:z13", "version=2.42.9000"),
			want: Facts{Dirs: []string{"/lib/s390x-linux-gnu/", "/lib/"}, Lib: "lib", Levels: []string{"z16", "z15", "z14", "z13"}, Cache: "/etc/ld.so.cache", Version: 242, Debian: true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := elftest.File{Machine: tc.machine, Payload: tc.bytes}.Bytes()
			got, err := read(b, "ld.so")
			if err != nil {
				t.Fatal(err)
			}
			w := tc.want
			if !slices.Equal(got.Dirs, w.Dirs) || got.Lib != w.Lib || !slices.Equal(got.Levels, w.Levels) || got.Cache != w.Cache ||
				got.Version != w.Version || got.Debian != w.Debian || got.old != tc.old {
				t.Errorf("got  %+v, old %v\nwant %+v, old %v", got.Facts, got.old, w, tc.old)
			}
		})
	}
}

func TestMuslFacts(t *testing.T) {
	b := elftest.File{Payload: []byte("\x00/opt/lib:/usr/local/lib:/usr/lib\x00")}.Bytes()
	if got, err := read(b, "libc.so"); err != nil || !got.Musl || !strings.HasPrefix(got.MuslPath, "/opt/lib:") {
		t.Errorf("%v, %+v", err, got)
	}
}
