package overlay

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestOverlay(t *testing.T) {
	upper := fstest.MapFS{
		"lib":            {Data: []byte("usr/lib"), Mode: fs.ModeSymlink | 0o777},
		"usr/lib/liba":   {Data: []byte("upper a")},
		"opt/app/plugin": {Data: []byte("plugin")},
	}
	lower := fstest.MapFS{
		"lib/liba":       {Data: []byte("hidden by a link")},
		"usr/lib/liba":   {Data: []byte("lower a")},
		"usr/lib/libb":   {Data: []byte("lower b")},
		"opt/app/plugin": {Data: []byte("lower plugin")},
	}
	r := sysroot.New(New(upper, lower))
	for name, want := range map[string]string{
		"/lib/liba": "upper a", "/lib/libb": "lower b", "/usr/lib/libb": "lower b", "/opt/app/plugin": "plugin",
	} {
		if got, err := fs.ReadFile(r, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := r.Walk("/lib/libc"); err == nil {
		t.Error("a file that neither has is found")
	}
	list, err := r.ReadDir("/usr/lib")
	if err != nil || len(list) != 2 || list[0].Name() != "liba" || list[1].Name() != "libb" {
		t.Errorf("listing %v, %v", list, err)
	}
}
