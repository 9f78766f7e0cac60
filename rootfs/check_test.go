package rootfs

import (
	"io/fs"
	"testing"
)

func TestCheckRequired(t *testing.T) {
	src := files(map[string]string{
		"lib64": "-> usr/lib64", "usr/lib64/ld.so": "0644:ld", "usr/lib64/ok.so": "0755:ok", "usr/lib64/dir/": "", "usr/lib64/l": "-> ok.so",
	})
	for _, tc := range []struct {
		path string
		exec bool
		want string
	}{
		{"/lib64/ok.so", true, ""},
		{"/lib64/../lib64/l", true, ""},
		{"/lib64/ld.so", false, ""},
		{"/lib64/ld.so", true, "/lib64/ld.so: not executable (mode 0644), but required as the program interpreter of /bin/x"},
		{"/lib64/dir", false, "/lib64/dir: a directory in the image, but required as the program interpreter of /bin/x"},
		{"/lib64/none", false, "/lib64/none: not in the image (symlinks lead to /usr/lib64/none), but required as the program interpreter of /bin/x"},
		{"/none", false, "/none: not in the image, but required as the program interpreter of /bin/x"},
		{"/lib64/ok.so/x", false, "/lib64/ok.so/x: cannot be reached in the image, but required as the program interpreter of /bin/x: not a directory"},
	} {
		var tree Tree
		for _, name := range []string{"/lib64/ld.so", "/lib64/l", "/usr/lib64/dir"} {
			must(t, tree.AddFrom(src, name, CopyOptions{}))
		}
		tree.Require(tc.path, tc.exec, "the program interpreter of /bin/x")
		tree.Require(tc.path, tc.exec, "the program interpreter of /bin/x")
		err := tree.Check()
		if got := errText(err); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.path, got, tc.want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Check reports all problems at once.
func TestCheckReportsAll(t *testing.T) {
	var tree Tree
	must(
		t,
		tree.Add(link("/a", "/b", "A")),
		tree.Add(file("/f", "", 0o644, "F")),
		tree.Add(file("/f/g", "", 0o644, "G")),
	)
	_ = tree.Add(file("/f", "x", 0o644, "H"))
	tree.Require("/bin/x", true, "the program")
	want := "/f: claimed twice: a file 0644 of 0 bytes by F, a file 0644 of 1 bytes by H\n" +
		"/f/g: claimed by G below /f, which is a file 0644 of 0 bytes by F\n" +
		"/bin/x: not in the image, but required as the program\n" +
		"/a: a symlink to /b, which is not in the image (claimed by A)"
	if got := errText(tree.Check()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestVerify(t *testing.T) {
	file := func(p, link string) *Entry { return &Entry{Path: p, Hardlink: link, Content: Bytes("")} }
	for name, entries := range map[string][]*Entry{
		"order":     {file("/b", ""), file("/a", "")},
		"twice":     {file("/b", ""), file("/b", "")},
		"unclean":   {file("/a/../b", "")},
		"no parent": {file("/a/b", "")},
		"file":      {file("/a", ""), file("/a/b", "")},
		"link":      {file("/a", "/b"), file("/b", "")},
	} {
		s := &settled{entries: entries, byPath: map[string]*Entry{"/": {Path: "/", Mode: fs.ModeDir}}}
		for _, e := range entries {
			s.byPath[e.Path] = e
		}
		if s.verify() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
