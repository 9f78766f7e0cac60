package rootfs

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func merged() map[string]string {
	return map[string]string{
		"lib":                   "-> usr/lib",
		"lib64":                 "-> usr/lib64",
		"bin":                   "-> usr/bin",
		"usr/":                  "0700:",
		"usr/lib/x/libc.so.6":   "0755:libc",
		"usr/lib/x/ld.so":       "0755:ld",
		"usr/lib64/ld-linux.so": "-> ../lib/x/ld.so",
		"usr/bin/prog":          "-> real",
		"usr/bin/real":          "0755:prog",
		"usr/bin/su":            "04755:su",
		"etc/alternatives/prog": "-> /usr/bin/prog",
		"tmp/":                  "01777:",
	}
}

func TestAddFrom(t *testing.T) {
	for _, tc := range []struct {
		name string
		want map[string]string
	}{
		{"/lib/x/libc.so.6", map[string]string{
			"/lib": "symlink usr/lib", "/usr": "dir 0755", "/usr/lib": "dir 0755", "/usr/lib/x": "dir 0755",
			"/usr/lib/x/libc.so.6": "file 0755 libc",
		}},
		{"/lib64/ld-linux.so", map[string]string{
			"/lib64": "symlink usr/lib64", "/usr": "dir 0755", "/usr/lib64": "dir 0755",
			"/usr/lib64/ld-linux.so": "symlink ../lib/x/ld.so",
			"/usr/lib":               "dir 0755", "/usr/lib/x": "dir 0755", "/usr/lib/x/ld.so": "file 0755 ld",
		}},
		{"/bin/prog", map[string]string{
			"/bin": "symlink usr/bin", "/usr": "dir 0755", "/usr/bin": "dir 0755",
			"/usr/bin/prog": "symlink real", "/usr/bin/real": "file 0755 prog",
		}},
		{"/etc/alternatives/prog", map[string]string{
			"/etc": "dir 0755", "/etc/alternatives": "dir 0755", "/etc/alternatives/prog": "symlink /usr/bin/prog",
			"/usr": "dir 0755", "/usr/bin": "dir 0755", "/usr/bin/prog": "symlink real", "/usr/bin/real": "file 0755 prog",
		}},
		{"/usr/bin/../lib//x/./libc.so.6", map[string]string{
			"/usr": "dir 0755", "/usr/bin": "dir 0755", "/usr/lib": "dir 0755", "/usr/lib/x": "dir 0755",
			"/usr/lib/x/libc.so.6": "file 0755 libc",
		}},
		{"/usr/bin/su", map[string]string{"/usr": "dir 0755", "/usr/bin": "dir 0755", "/usr/bin/su": "file 4755 su"}},
		{"/tmp", map[string]string{"/tmp": "dir 1777"}},
		{"/", map[string]string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var tree Tree
			must(t, tree.AddFrom(files(merged()), tc.name, CopyOptions{}))
			must(t, tree.Check())
			want(t, &tree, tc.want)
		})
	}
	var tree Tree
	if err := tree.AddFrom(files(merged()), "/no/such", CopyOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestInstallModes(t *testing.T) {
	src := files(
		map[string]string{"a": "0711:x", "b": "0600:x", "c": "06770:x", "d": "0664:x", "l": "-> a", "dir/": ""},
	)
	var tree Tree
	for name, dst := range map[string]string{"/a": "/bin/a", "/b": "/etc/b", "/c": "/bin/c", "/d": "/etc/d/", "/l": "/bin/l"} {
		must(t, tree.AddFrom(src, name, CopyOptions{Dest: dst}))
	}
	must(t, tree.AddFrom(src, "/a", CopyOptions{Dest: "/bin/mine", UID: ptr(7), Mode: ptr(fs.FileMode(0o500))}))
	want(t, &tree, map[string]string{
		"/bin": "dir 0755", "/etc": "dir 0755",
		"/bin/a": "file 0755 x", "/etc/b": "file 0644 x", "/bin/c": "file 6755 x", "/etc/d": "file 0644 x",
		"/bin/l": "file 0755 x", "/bin/mine": "file 0500 x 7:0",
	})
	if err := tree.AddFrom(
		src,
		"/dir",
		CopyOptions{Dest: "/x"},
	); err == nil ||
		!strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
}

// What is claimed below a symlink of the tree is found where the link leads.
func TestSettleFollowsLinks(t *testing.T) {
	link := func(p, to string) Entry { return Entry{Path: p, Mode: fs.ModeSymlink, Linkname: to} }
	file := func(p string) Entry { return Entry{Path: p, Content: Bytes("x")} }
	dir := func(p string, m fs.FileMode) Entry { return Entry{Path: p, Mode: fs.ModeDir | m} }
	for name, tc := range map[string]struct {
		add  []Entry
		want map[string]string
		err  error
	}{
		"below a link": {
			add:  []Entry{file("/lib/x"), link("/lib", "usr/lib")},
			want: map[string]string{"/lib": "symlink usr/lib", "/usr": "dir 0755", "/usr/lib": "dir 0755", "/usr/lib/x": "file 0000 x"},
		},
		"two links deep": {
			add: []Entry{file("/a/b/c"), link("/a/b", "../e"), link("/a", "/d"), dir("/e", 0o700)},
			want: map[string]string{
				"/a": "symlink /d", "/d": "dir 0755", "/d/b": "symlink ../e", "/e": "dir 0700", "/e/c": "file 0000 x",
			},
		},
		"a directory at a link": {
			add:  []Entry{dir("/bin", 0o700), link("/bin", "usr/bin"), file("/bin/x")},
			want: map[string]string{"/bin": "symlink usr/bin", "/usr": "dir 0755", "/usr/bin": "dir 0700", "/usr/bin/x": "file 0000 x"},
		},
		"a link to the top": {
			add:  []Entry{link("/r", "../../."), file("/r/r/x")},
			want: map[string]string{"/r": "symlink ../../.", "/x": "file 0000 x"},
		},
		"the same link twice, by two names": {
			add:  []Entry{link("/lib", "usr/lib"), link("/lib/l", "x"), link("/usr/lib/l", "x"), file("/usr/lib/x")},
			want: map[string]string{"/lib": "symlink usr/lib", "/usr": "dir 0755", "/usr/lib": "dir 0755", "/usr/lib/l": "symlink x", "/usr/lib/x": "file 0000 x"},
		},
		"links in a circle": {add: []Entry{link("/a", "b"), link("/b", "a"), file("/a/x")}, err: syscall.ELOOP},
		"links that stand on each other": {
			add: []Entry{link("/n/m/n", "/z"), link("/n/m", "/")}, err: syscall.ELOOP,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				var tree Tree
				for _, e := range tc.add {
					must(t, tree.Add(e))
				}
				err := tree.Check()
				if !errors.Is(err, tc.err) {
					t.Fatalf("error %v, want %v", err, tc.err)
				}
				if tc.err == nil {
					want(t, &tree, tc.want)
				}
				rand.Shuffle(len(tc.add), func(i, j int) { tc.add[i], tc.add[j] = tc.add[j], tc.add[i] })
			}
		})
	}
}

func TestConflicts(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b Entry
		err  string // "" when the two go together
		late bool   // found by Check alone
	}{
		"equal files":     {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Content: Bytes("1")}},
		"equal links":     {a: Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "dev/y"}, b: Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "dev/y"}},
		"contents":        {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Content: Bytes("2")}, err: "/x: claimed twice, with different contents, by A and by B"},
		"sizes":           {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Content: Bytes("22")}, err: "/x: claimed twice: a file 0000 of 1 bytes by A, a file 0000 of 2 bytes by B"},
		"modes":           {a: Entry{Path: "/x", Mode: 0o644, Content: Bytes("1")}, b: Entry{Path: "/x", Mode: 0o755, Content: Bytes("1")}, err: "/x: claimed twice: a file 0644 of 1 bytes by A, a file 0755 of 1 bytes by B"},
		"owners":          {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", UID: 5, Content: Bytes("1")}, err: "a file 0000 of 1 bytes owned by 5:0 by B"},
		"capabilities":    {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Content: Bytes("1"), Xattrs: map[string]string{capability: "c"}}, err: "with different attributes"},
		"links":           {a: Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "/dev/y"}, b: Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "/dev/z"}, err: "a symlink to /dev/y by A, a symlink to /dev/z by B"},
		"file and link":   {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "/dev/z"}, err: "a file 0000 of 1 bytes by A, a symlink to /dev/z by B"},
		"file and dir":    {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x", Mode: fs.ModeDir}, err: "a file 0000 of 1 bytes by A, a directory 0000 by B"},
		"directory modes": {a: Entry{Path: "/x", Mode: fs.ModeDir | 0o700}, b: Entry{Path: "/x/", Mode: fs.ModeDir | 0o755}, err: "a directory 0700 by A, a directory 0755 by B"},
		"implied parent":  {a: Entry{Path: "/x", Mode: fs.ModeDir | 0o700}, b: Entry{Path: "/x/y", Content: Bytes("1")}},
		"below a file":    {a: Entry{Path: "/x", Content: Bytes("1")}, b: Entry{Path: "/x/y/z", Content: Bytes("1")}, late: true, err: "/x/y/z: claimed by B below /x, which is a file 0000 of 1 bytes by A"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.a.Claim, tc.b.Claim = Named("A"), Named("B")
			for range 2 {
				var tree Tree
				must(t, tree.Add(tc.a))
				early, late := tree.Add(tc.b), tree.Check()
				if tc.err == "" {
					must(t, early, late)
				} else if (early == nil) != tc.late || late == nil || !alike(late.Error(), tc.err) {
					t.Fatalf("%v, then %v, want %s", early, late, tc.err)
				}
				var conflict *ConflictError
				var parent *ParentError
				if late != nil && !errors.As(late, &conflict) && !errors.As(late, &parent) {
					t.Errorf("%v is a %T", late, late)
				}
				if _, err := tree.WriteLayer(t.Context(), &bytes.Buffer{}, Options{}); (err == nil) != (tc.err == "") {
					t.Errorf("writing gives %v", err)
				}
				tc.a, tc.b = tc.b, tc.a
			}
		})
	}
}

// alike reports whether got has the words of want, in whatever order the two
// claims were made.
func alike(got, want string) bool {
	for word := range strings.FieldsFuncSeq(want, func(r rune) bool { return r == ' ' || r == ',' }) {
		if !strings.Contains(got, word) {
			return false
		}
	}
	return true
}

// Claims that meet only through a symlink contradict each other all the same.
func TestConflictThroughLink(t *testing.T) {
	var tree Tree
	must(t,
		tree.Add(link("/lib", "usr/lib", "L")),
		tree.Add(file("/lib/x", "1", 0o644, "A")),
		tree.Add(file("/usr/lib/x", "2", 0o644, "B")))
	var conflict *ConflictError
	if err := tree.Check(); !errors.As(err, &conflict) || conflict.Path != "/usr/lib/x" {
		t.Fatalf("%v", err)
	}
	if got := []Claim{conflict.First.Claim, conflict.Second.Claim}; !slices.Equal(got, []Claim{Named("A"), Named("B")}) {
		t.Errorf("claims of %q", got)
	}
}

func TestDirectoryPrecedence(t *testing.T) {
	src := files(
		map[string]string{
			"usr/":      "0700:",
			"usr/lib/":  "0700:",
			"usr/lib/f": "x",
			"t/":        "0750:",
			"t/lib/":    "0711:",
			"t/lib/g":   "y",
		},
	)
	var tree Tree
	must(t, tree.AddFrom(src, "/usr/lib/f", CopyOptions{}))
	_, err := tree.Copy(t.Context(), src, "/t", CopyOptions{Dest: "/usr"})
	must(t, err)
	_, err = tree.Copy(t.Context(), src, "/t", CopyOptions{Dest: "/srv", UID: ptr(3)})
	must(t, err, tree.Add(dir("/srv/lib", ModeOf(0o1777), 5, 6)), tree.Check())
	want(t, &tree, map[string]string{
		"/usr":       "dir 0755", // crossed on the way, which the top of a copy yields to
		"/usr/lib":   "dir 0711", // inside the copied tree
		"/usr/lib/f": "file 0644 x", "/usr/lib/g": "file 0644 y",
		"/srv": "dir 0750 3:0", "/srv/lib": "dir 1777 5:6", "/srv/lib/g": "file 0644 y 3:0",
	})
}

// endless is content of no known size.
type endless struct{ Content }

// TestLimits: what is just not too long, or too large, is fine.
func TestLimits(t *testing.T) {
	var tree Tree
	must(t,
		tree.Add(file("/"+strings.Repeat("x", 255), "", 0o644, "A")),
		tree.Add(file(strings.Repeat("/abcdefg", 511)+"/abcdef", "", 0o644, "A")),
		tree.Add(link("/l", strings.Repeat("/", 4095), "A")),
		tree.Check())
	none := uint32(math.MaxUint32)
	if top := int(none); top > 0 { // int has more than 32 bits
		must(t, tree.Add(dir("/d", 0o755, top-1, top-1)))
		if err := tree.Add(dir("/e", 0o755, top, 0)); err == nil {
			t.Error("user 2^32-1")
		}
	}
	layer(t, &tree, Options{Compression: Uncompressed})
}

func TestBadEntries(t *testing.T) {
	for _, tc := range []struct {
		e    Entry
		want string
	}{
		{Entry{Path: "usr/x", Content: Bytes("")}, "not an absolute path"},
		{Entry{Path: "", Content: Bytes("")}, "not an absolute path"},
		{Entry{Path: "/a/../../etc/shadow", Content: Bytes("")}, `".." has no place`},
		{Entry{Path: "/..", Content: Bytes("")}, `".." has no place`},
		{Entry{Path: "/a\x00b", Content: Bytes("")}, "NUL"},
		{Entry{Path: "/", Content: Bytes("")}, "cannot be a regular file"},
		{Entry{Path: "/x"}, "without content"},
		{Entry{Path: "/x", Mode: fs.ModeSymlink}, "invalid symlink target"},
		{Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: "a\x00"}, "invalid symlink target"},
		{Entry{Path: "/x", Mode: fs.ModeNamedPipe}, "a named pipe cannot be packed"},
		{Entry{Path: "/x", Mode: fs.ModeDevice | fs.ModeCharDevice}, "a character device cannot be packed"},
		{Entry{Path: "/x", UID: -1, Content: Bytes("")}, "owner -1:0: numbers must be from 0 to 4294967294"},
		{Entry{Path: "/x", GID: math.MaxInt, Content: Bytes("")}, "numbers must be from 0 to"},
		{Entry{Path: "/x", Size: -1, Content: endless{}}, "negative size"},
		{Entry{Path: "/" + strings.Repeat("x", 256), Content: Bytes("")}, "a name of more than 255 bytes"},
		{Entry{Path: strings.Repeat("/abcdefg", 512), Content: Bytes("")}, "(4096 bytes): a path of more than 4095 bytes"},
		{Entry{Path: "/x", Mode: fs.ModeSymlink, Linkname: strings.Repeat("x", 4096)}, "… (4096 bytes)"},
	} {
		var tree Tree
		if err := tree.Add(tc.e); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: %v, want %s", tc.e.Path, err, tc.want)
		}
		if n := len(tree.Entries()); n != 0 {
			t.Errorf("%q: %d entries", tc.e.Path, n)
		}
	}
	// Such a name is fine as a file but would delete another in an engine.
	var tree Tree
	must(t, tree.Add(file("/etc/.wh.passwd", "", 0o644, "A")))
	if err := tree.Check(); err == nil || !strings.Contains(err.Error(), "deletion") {
		t.Errorf("a whiteout: %v", err)
	}
}
