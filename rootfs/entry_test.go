package rootfs

import (
	"io/fs"
	"testing"
)

func TestImplied(t *testing.T) {
	var tree Tree
	for _, e := range []Entry{
		{Path: "/data/in", Mode: fs.ModeDir | 0o755, Implied: true, Claim: Named("--workdir /data/in")},
		{Path: "/data", Mode: fs.ModeDir | 0o755, Implied: true, Claim: Named("w")},
		dir("/data", 0o700, 1, 2),
	} {
		must(t, tree.Add(e))
	}
	must(t, tree.Check())
	want(t, &tree, map[string]string{"/data": "dir 0700 1:2", "/data/in": "dir 0755"})
}

func TestSource(t *testing.T) {
	tree := everything(t)
	for _, e := range tree.Entries() {
		info, ok := e.Source()
		if fromFile := e.Path == "/usr/bin/su"; fromFile && (!ok || info.Size() != e.Size) {
			t.Errorf("%s: %v, %v", e.Path, info, ok)
		}
		if ok && (e.Path == "/empty" || e.Mode.IsDir()) {
			t.Errorf("%s has a source", e.Path)
		}
	}
}
