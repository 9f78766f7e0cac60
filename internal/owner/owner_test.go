package owner

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

func TestLookup(t *testing.T) {
	source := fstest.MapFS{
		"etc/passwd": {Data: []byte("root:x:0:0:root:/root:/bin/sh\nredis:x:101:103::/var/lib/redis:/bin/false\n")},
		"etc/group":  {Data: []byte("root:x:0:\nredis:x:103:\nssl-cert:x:110:redis\n")},
	}
	for spec, want := range map[string]IDs{
		"redis": {101, 103}, "redis:ssl-cert": {101, 110}, "101": {101, 103}, "65532": {65532, 0}, "65532:7": {65532, 7}, "0:redis": {0, 103}, "nonroot": {65532, 65532}, "nobody": {65534, 65534},
	} {
		if got, err := Lookup(source, spec); err != nil || got != want {
			t.Errorf("Lookup(%q) = %v, %v; want %v", spec, got, err, want)
		}
	}
	for _, spec := range []string{"nobody-here", "redis:nobody-here", "-1", "99999999999"} {
		if got, err := Lookup(source, spec); err == nil {
			t.Errorf("Lookup(%q) = %v, want an error", spec, got)
		}
	}
	if got, err := Lookup(fstest.MapFS{}, "1000:1000"); err != nil || got != (IDs{1000, 1000}) {
		t.Errorf("numbers without any files: %v, %v", got, err)
	}
}

// TestUnreadable checks that a file that cannot be read does not count as absent.
func TestUnreadable(t *testing.T) {
	for _, name := range []string{"etc/passwd", "etc/group"} {
		if ids, err := Lookup(testfs.FS{Fail: map[string]error{"open " + name: syscall.EIO}}, "7:7"); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: %v, %v", name, ids, err)
		}
	}
	var size *bounded.SizeError
	if _, err := Lookup(fstest.MapFS{"etc/passwd": {Data: make([]byte, bounded.Config+1)}}, "7"); !errors.As(err, &size) {
		t.Error(err)
	}
}

// TestRange checks that invalid ids are errors in flags and in files.
func TestRange(t *testing.T) {
	source := fstest.MapFS{
		"etc/passwd": {Data: []byte("a:x:4294967295:0::/:\nb:x:0:4294967295::/:\nc:x:-2:0::/:\nd:x:4294967294:1::/:\n" + strings.Repeat("e", maxLine) + ":x:5:5::/:\n")},
		"etc/group":  {Data: []byte("g:x:99999999999:\nh:x:7:" + strings.Repeat("m,", 1<<20) + "\n")},
	}
	for _, spec := range []string{"a", "b", "c", "0:g", "4294967295", "0:4294967295"} {
		if got, err := Lookup(source, spec); err == nil || !strings.Contains(err.Error(), "from 0 to") && !strings.Contains(err.Error(), "range") {
			t.Errorf("%s: %v, %v", spec, got, err)
		}
	}
	if got, err := Lookup(source, "d:h"); err != nil || got != (IDs{MaxID, 7}) {
		t.Errorf("the largest: %v, %v", got, err)
	}
}

func FuzzLookup(f *testing.F) {
	f.Add("redis:ssl-cert", "root:x:0:0:root:/root:/bin/sh\nredis:x:101:103::/:/bin/false\n", "ssl-cert:x:110:redis\n")
	f.Add("4294967295", "x:::\n:x:1:2\n", "")
	f.Add(":", "nobody:x:-1:1e9::", "::7:")
	f.Fuzz(func(t *testing.T, spec, passwd, group string) {
		ids, err := Lookup(fstest.MapFS{"etc/passwd": {Data: []byte(passwd)}, "etc/group": {Data: []byte(group)}}, spec)
		if err == nil && (ids.UID < 0 || ids.UID > MaxID || ids.GID < 0 || ids.GID > MaxID) {
			t.Errorf("%q: %v", spec, ids)
		}
	})
}
