package fileglob

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestFind(t *testing.T) {
	root := sysroot.New(fstest.MapFS{
		"etc/a.conf":         {},
		"etc/d/1.conf":       {},
		"etc/d/2.conf":       {},
		"etc/d/.3.conf":      {},
		"etc/d/README":       {},
		"etc/e/1.conf":       {},
		"etc/e/l.conf":       {Data: []byte("../d/1.conf"), Mode: fs.ModeSymlink},
		"etc/e/dangles.conf": {Data: []byte("../gone"), Mode: fs.ModeSymlink},
		"etc/empty":          {Mode: fs.ModeDir},
	})
	for pattern, want := range map[string]string{
		"/etc/a.conf":      "/etc/a.conf true",
		"/etc/../etc//a.*": "/etc/a.conf true",
		"/etc/gone":        "false",
		"/etc/gone/*":      "false",
		"/etc/d":           "/etc/d/1.conf /etc/d/2.conf true",
		"/etc/d/":          "/etc/d/1.conf /etc/d/2.conf true",
		"/etc/d/[1R]*":     "/etc/d/1.conf /etc/d/README true",
		"/etc/d/*.conf":    "/etc/d/1.conf /etc/d/2.conf true",
		"/etc/?/1.conf":    "/etc/d/1.conf /etc/e/1.conf true",
		"/etc/e/*":         "/etc/e/1.conf /etc/e/l.conf true",
		"/etc/empty":       "true",
		"/etc/empty/*":     "false",
		"/etc/[":           "false",
	} {
		files, exists := Find(root, pattern)
		if got := strings.TrimSpace(fmt.Sprint(strings.Join(files, " "), " ", exists)); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

// TestLimits checks that a pattern in a large tree ends.
func TestLimits(t *testing.T) {
	tree := fstest.MapFS{}
	for i := range 60 {
		for j := range 60 {
			tree[fmt.Sprintf("a/%d/%d/x", i, j)] = &fstest.MapFile{}
		}
	}
	files, _ := Find(sysroot.New(tree), "/a/*/*/*")
	if len(files) == 0 || len(files) > maxFound {
		t.Errorf("%d files", len(files))
	}
}

func FuzzFind(f *testing.F) {
	f.Add("/etc/*/../[a-")
	root := sysroot.New(fstest.MapFS{"etc/d/1.conf": {}})
	f.Fuzz(func(t *testing.T, pattern string) {
		files, exists := Find(root, pattern)
		if len(files) > 0 && !exists {
			t.Errorf("%q: %q", pattern, files)
		}
	})
}
