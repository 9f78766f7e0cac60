package owner

import (
	"testing"
	"testing/fstest"
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
