package owndata

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// tree returns a file system with the given files; a value that begins with "-> " is a
// symlink, and one that begins with "secret" is readable only by its owner.
func tree(files map[string]string) *sysroot.Root {
	m := fstest.MapFS{}
	for name, text := range files {
		f := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			f.Data, f.Mode = []byte(target), fs.ModeSymlink|0o777
		} else if strings.HasPrefix(text, "secret") {
			f.Mode = 0o600
		} else if strings.HasPrefix(text, "#!") {
			f.Mode = 0o755
		}
		m[strings.TrimPrefix(name, "/")] = f
	}
	return sysroot.New(m)
}

// candidates returns the Candidates among words.
func candidates(t *testing.T, root *sysroot.Root, words ...string) []string {
	t.Helper()
	found, err := Candidates(root, []string{"/usr/share", "/usr/lib/x86_64-linux-gnu", "/usr/lib/prog"}, func(yield func(string) bool) error {
		for _, w := range words {
			if !yield(w) {
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCandidates(t *testing.T) {
	root := tree(map[string]string{
		"/usr/share/x/a.dat": "a", "/usr/share/x/b.dat": "b", "/usr/lib/x86_64-linux-gnu/x/p.so": "p",
		"/usr/lib/x86_64-linux-gnu/gconv/G.so": "g", "/etc/x.conf": "c", "/etc/x/key": "secret", "/etc/passwd": "p",
		"/usr/share/zoneinfo/UTC": "z", "/home/me/file": "f", "/etc/alternatives/x": "-> /usr/share/x/a.dat",
		"/usr/lib/prog/own.dat": "o", "/usr/lib/prog/helper": "#!/bin/sh", "/usr/share/xdir/f": "f", "/usr/share/l": "-> /usr/share/x/b.dat", "/usr/share/lua/5.4/m.lua": "m",
	})
	for _, tc := range []struct{ word, want string }{
		{"/usr/share/x/a.dat", "/usr/share/x/a.dat"},
		{"/usr/share/x/", "/usr/share/x"},
		{"/usr/share/x/%s.dat", "/usr/share/x"},
		{"/usr/share/x/*.dat", "/usr/share/x"},
		{"/usr/share/%s/a.dat", ""},
		{"/usr/share/x/none.dat", ""},
		{"/usr/share", ""},
		{"/usr/lib/x86_64-linux-gnu", ""},
		{"/usr/lib/x86_64-linux-gnu/x", "/usr/lib/x86_64-linux-gnu/x"},
		{"/usr/lib/x86_64-linux-gnu/gconv", ""},
		{"%s/xdir", "/usr/share/xdir"},
		{"/x", ""},
		{"/own.dat", "/usr/lib/prog/own.dat"},
		{"/share/x/b.dat", "/usr/share/x/b.dat"},
		{"share/x/b.dat", ""},
		{"/usr/share/none:/usr/share/x:.", "/usr/share/x"},
		{"/usr/share/lua/5.4/?.lua;./?.lua", "/usr/share/lua/5.4"},
		{"/usr/share/l", "/usr/share/l"},
		{"/etc/x.conf", "/etc/x.conf"},
		{"/etc/x/key", ""},
		{"/etc/passwd", ""},
		{"/usr/share/zoneinfo", ""},
		{"/home/me/file", ""},
		{"usr/share/x/a.dat", ""},
		{"/usr/lib/prog/helper", ""},
		{"cat /usr/share/x/a.dat", ""},
		{"/usr/share/x/a.dat 2>&1", ""},
		{"/usr/share/x/../../../etc/x.conf", "/etc/x.conf"},
		{"/" + strings.Repeat("x", 300), ""},
	} {
		if got := strings.Join(candidates(t, root, tc.word), " "); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.word, got, tc.want)
		}
	}
	var many []string
	for i := range 2 * maxNames {
		many = append(many, fmt.Sprint("/usr/share/x/", i))
	}
	if got := candidates(t, root, append(many, "/etc/x.conf")...); len(got) > 0 {
		t.Errorf("more than maxNames were looked up: %q", got)
	}
}

// status is the database of dpkg for the tests: the Depends and the files of packages.
var status = map[string][]string{
	"prog":        {"prog-data, liba1, common", "/usr/bin/prog", "/etc/prog.conf", "/usr/share/shared", "/usr/share/shared/prog.txt"},
	"prog-data":   {"", "/usr/share/prog", "/usr/share/prog/data", "/usr/share/prog/data/one"},
	"prog-extra":  {"prog", "/usr/share/extra", "/usr/share/extra/e.txt"},
	"common":      {"", "/usr/share/shared", "/usr/share/shared/common.txt"},
	"other":       {"", "/usr/share/shared", "/usr/share/shared/other.txt", "/usr/share/other/o.txt"},
	"tool":        {"", "/usr/bin/tool", "/usr/share/tool/t.txt"},
	"liba1":       {"", "/usr/lib/liba.so.1", "/usr/share/liba/a.dat"},
	"perl-script": {"libmod-perl", "/usr/bin/script"},
	"sh":          {"common", "/usr/bin/sh"},
	"one-script":  {"", "/usr/bin/one"},
}

// installed returns a file system with the packages of status and more files.
func installed(more map[string]string) *sysroot.Root {
	files := map[string]string{}
	var control strings.Builder
	for name, lines := range status {
		fmt.Fprintf(&control, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nDepends: %s\n\n", name, lines[0])
		files["/var/lib/dpkg/info/"+name+".list"] = strings.Join(lines[1:], "\n") + "\n"
		for _, at := range lines[1:] {
			isDir := slices.ContainsFunc(lines, func(other string) bool { return strings.HasPrefix(other, at+"/") })
			if !isDir {
				files[at] = "x"
			}
		}
	}
	files["/var/lib/dpkg/status"] = control.String()
	for name, text := range more {
		files[name] = text
	}
	return tree(files)
}

// describe returns items as lines "PATH by BASE: FILES", with "likely PACKAGE" for what
// is not certain.
func describe(items []Item) string {
	var lines []string
	for _, it := range items {
		line := it.Path + ": " + strings.Join(it.Files, " ")
		if !it.Certain {
			line += " likely " + it.Package
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestOutermost(t *testing.T) {
	items := []Item{{Path: "/a/b", By: "1"}, {Path: "/a", By: "2"}, {Path: "/ab", By: "3"}, {Path: "/a", By: "4"}}
	if got := describe(Outermost(items)); got != "/a:  likely \n/ab:  likely " {
		t.Errorf("%q", got)
	}
}

func TestFind(t *testing.T) {
	root := installed(map[string]string{
		"/usr/share/prog/data/made": "generated", "/usr/share/prog/data/key": "secret", "/etc/prog.local": "made",
		"/usr/share/other/o.txt": "o", "/usr/share/prog/data/__pycache__/x.pyc": "stale", "/usr/share/stray/s": "s",
		"/usr/share/prog.link": "-> /usr/share/prog/data/one",
	})
	library := Object{Path: "/usr/lib/liba.so.1", RealPath: "/usr/lib/liba.so.1", Names: []string{"/usr/share/liba/a.dat"}}
	for _, tc := range []struct {
		name    string
		names   []string
		objects []Object
		want    string
	}{
		{"a file of the package", []string{"/etc/prog.conf"}, nil, "/etc/prog.conf: /etc/prog.conf"},
		{
			"a directory of a dependency, with what was generated",
			[]string{"/usr/share/prog"},
			nil,
			"/usr/share/prog: /usr/share/prog/data/made /usr/share/prog/data/one",
		},
		{
			"a directory that others share",
			[]string{"/usr/share/shared"},
			nil,
			"/usr/share/shared: /usr/share/shared/common.txt /usr/share/shared/prog.txt",
		},
		{"of another package with only data", []string{"/usr/share/other/o.txt"}, nil, "/usr/share/other/o.txt: /usr/share/other/o.txt likely other"},
		{"of another package", []string{"/usr/share/tool/t.txt"}, nil, ""},
		{"of a package that depends on it", []string{"/usr/share/extra"}, nil, "/usr/share/extra: /usr/share/extra/e.txt likely prog-extra"},
		{"of a package with a library", []string{"/usr/share/liba/a.dat"}, nil, ""},
		{"of nobody in /etc", []string{"/etc/prog.local"}, nil, "/etc/prog.local: /etc/prog.local"},
		{"of nobody", []string{"/usr/share/stray/s"}, nil, ""},
		{"a link to it", []string{"/usr/share/prog.link"}, nil, "/usr/share/prog.link: /usr/share/prog.link"},
		{"of a library itself", nil, []Object{library}, "/usr/share/liba/a.dat: /usr/share/liba/a.dat"},
		{
			"of a script", nil,
			[]Object{{Path: "/usr/bin/prog", RealPath: "/usr/bin/prog", Program: true, Script: true}},
			"/usr/share/shared: /usr/share/shared/common.txt\n/etc/prog.conf: /etc/prog.conf\n" +
				"/usr/share/shared: /usr/share/shared/prog.txt\n/usr/share/prog: /usr/share/prog/data/one",
		},
		{
			"of what the interpreter of a script depends on", nil,
			[]Object{
				{Path: "/usr/bin/sh", RealPath: "/usr/bin/sh", Program: true},
				{Path: "/usr/bin/one", RealPath: "/usr/bin/one", Program: true, Script: true},
			},
			"",
		},
		{"of nobody's program", nil, []Object{{Path: "/home/me/prog", RealPath: "/home/me/prog", Program: true, Names: []string{"/usr/share/prog"}}}, ""},
	} {
		objects := append(tc.objects, Object{Path: "/usr/bin/prog", RealPath: "/usr/bin/prog", Program: true, Names: tc.names})
		found, err := Find(t.Context(), NewPackages(root), objects, []string{"/usr/lib/liba.so.1"})
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(found); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, tc.want)
		}
	}
}

// TestFindAsksNothing checks that the database is not opened if nothing is named.
func TestFindAsksNothing(t *testing.T) {
	packages := NewPackages(tree(nil))
	found, err := Find(t.Context(), packages, []Object{{Path: "/usr/bin/prog", Program: true}}, nil)
	if err != nil || found != nil || packages.opened {
		t.Error(found, err, packages.opened)
	}
}

func TestFindWithoutPackages(t *testing.T) {
	root := tree(map[string]string{"/usr/share/x/a": "aa", "/usr/share/y/b": "b", "/usr/bin/prog": "p"})
	objects := []Object{
		{Path: "/usr/bin/prog", Program: true, Names: []string{"/usr/share/x"}},
		{Path: "/usr/lib/liby.so", Names: []string{"/usr/share/y"}},
	}
	found, err := Find(t.Context(), NewPackages(root), objects, nil)
	if err != nil || describe(found) != "/usr/share/x: /usr/share/x/a" || found[0].Size != 2 {
		t.Error(describe(found), err)
	}
}

// TestSizes checks that a file counts once, and that a link counts as its file.
func TestSizes(t *testing.T) {
	root := tree(map[string]string{"/usr/share/x/a": "aaaa", "/usr/share/x/b": "-> a", "/usr/share/x/c": "-> /opt/c", "/opt/c": "cc"})
	files, size, err := Tree(root, "/usr/share/x", nil)
	if err != nil || size != 6 || len(files) != 3 {
		t.Error(files, size, err)
	}
	if files, size, err = Tree(root, "/nosuch", nil); err != nil || size != 0 || files != nil {
		t.Error(files, size, err)
	}
}

func TestDeepTree(t *testing.T) {
	root := tree(map[string]string{"/usr/share/x" + strings.Repeat("/d", maxDepth+2): "x"})
	if _, _, err := Tree(root, "/usr/share/x", nil); err == nil || !strings.Contains(err.Error(), "directories deep") {
		t.Error(err)
	}
}
