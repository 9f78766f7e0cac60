package confplan

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestIncludeAdvice(t *testing.T) {
	files := fstest.MapFS{
		"etc/n/mime.types":      {},
		"etc/n/sites/1":         {Data: []byte("../available/1"), Mode: 0o777 | 1<<27},
		"etc/n/available/1":     {},
		"etc/n/snippets/x.conf": {},
		"home/u/mine.conf":      {},
		"home/u/mine.d/a.conf":  {},
	}
	for i := range 5 {
		files[fmt.Sprintf("etc/n/mods/%d.load", i)] = &fstest.MapFile{Data: []byte("/usr/mods/x"), Mode: 0o777 | 1<<27}
	}
	files["usr/mods/x"] = &fstest.MapFile{}
	root := sysroot.New(files)
	at := func(name string) (*sysroot.Root, string) {
		if strings.HasPrefix(name, "/") {
			return root, name
		}
		return root, "/home/u/" + name
	}
	confs := []Placed{{Src: "n.conf", Path: "/etc/n/n.conf"}, {Src: "/etc/n/2.conf", Path: "/etc/two/2.conf"}}
	in := func(names ...string) (list []doctor.Include) {
		for i, name := range names {
			one := doctor.Include{
				In:        "/etc/n/n.conf",
				File:      "n.conf",
				Line:      i + 1,
				Directive: "include",
				Name:      name,
				Path:      name,
			}
			if !strings.HasPrefix(name, "/") {
				one.Path = "/etc/n/" + name
			}
			one.Optional = strings.Contains(name, "*")
			list = append(list, one)
		}
		return list
	}
	for _, tc := range []struct {
		name string
		list []doctor.Include
		want string
	}{
		{
			"an absolute path", in("/etc/n/mime.types"),
			"warning n.conf:1: include /etc/n/mime.types is not in the image: add --copy /etc/n/mime.types",
		},
		{"a directory", in("/etc/n/snippets"), "warning n.conf:1: include /etc/n/snippets is not in the image: add --copy /etc/n/snippets"},
		{
			"a relative path in the source", in("mime.types"),
			"warning n.conf:1: include mime.types is not in the image: add --copy /etc/n/mime.types",
		},
		{
			"a file beside the user's", in("mine.conf"),
			"warning n.conf:1: include mine.conf is not in the image: add --copy mine.conf:/etc/n/mine.conf",
		},
		{
			"nowhere", in("/etc/my gone"),
			"warning n.conf:1: include /etc/my gone is not in the image: add --copy 'FILE:/etc/my gone', or mount it",
		},
		{"a pattern of nothing", in("/etc/gone/*"), ""},
		{"a pattern of one file", in("/etc/n/sites/*"), "hint n.conf:1: include /etc/n/sites/* is not in the image: add --copy /etc/n/sites/1"},
		{
			"a pattern beside the user's file", in("mine.d/*.conf"),
			"hint n.conf:1: include mine.d/*.conf is not in the image: add --copy mine.d:/etc/n/mine.d",
		},
		{
			"patterns", in("/etc/n/mods/*.load", "/etc/gone/*", "/etc/n/sites/*", "/etc/n/sites/1*"),
			"hint n.conf:1: include /etc/n/mods/*.load and 2 other includes are not in the image: " +
				"add --copy /etc/n/mods --copy /usr/mods --copy /etc/n/sites/1",
		},
		{
			"a file of the source with another path in the image",
			[]doctor.Include{{In: "/etc/two/2.conf", File: "2.conf", Line: 7, Directive: "include_dir", Name: "snippets", Path: "/etc/two/snippets"}},
			"warning 2.conf:7: include_dir snippets is not in the image: add --copy /etc/n/snippets:/etc/two/snippets",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, a := range FileAdvice(&doctor.Findings{Includes: tc.list}, confs, at) {
				kind := map[bool]string{true: "warning ", false: "hint "}[a.Warning]
				got = append(got, kind+a.Text+": "+a.Fix)
			}
			if text := strings.Join(got, "\n"); text != tc.want {
				t.Errorf("got  %s\nwant %s", text, tc.want)
			}
		})
	}
}

func TestVariableAdvice(t *testing.T) {
	list := FileAdvice(&doctor.Findings{Variables: []doctor.Setting{
		{File: "a.conf", Line: 3, Value: "RUN_DIR"}, {File: "a.conf", Line: 4, Value: "USER"}, {File: "b.conf", Line: 1, Value: "X"},
	}}, nil, nil)
	want := "[{false certain a.conf:3: variables that the environment of the image does not have: RUN_DIR USER " +
		"add --env NAME=VALUE} " +
		"{false certain b.conf:1: variables that the environment of the image does not have: X add --env NAME=VALUE}]"
	if got := fmt.Sprint(list); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
