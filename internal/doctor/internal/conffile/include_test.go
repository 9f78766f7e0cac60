package conffile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestIncludes(t *testing.T) {
	for text, want := range map[string]string{
		"include /etc/gone;":                   "1 include /etc/gone",
		"include mime.types;":                  "",
		"\n include  'gone.conf' # why":        "2 include /etc/n/gone.conf",
		"http { include conf.d/*.conf; }":      "",
		"include conf.d;":                      "",
		"include gone/*.conf;":                 "1 include /etc/n/gone/*.conf optional in /etc/n/gone",
		"include: \"/etc/gone.d/*.conf\"":      "1 include /etc/gone.d/*.conf optional in /etc/gone.d",
		"include-toplevel: \"/etc/gone.conf\"": "1 include-toplevel /etc/gone.conf",
		"!include_try /etc/gone.conf":          "1 !include_try /etc/gone.conf optional",
		"IncludeOptional gone.conf":            "1 IncludeOptional /etc/n/gone.conf optional",
		"Include /etc/gone.conf":               "1 Include /etc/gone.conf",
		"include_dir = '/etc/gone'":            "1 include_dir /etc/gone optional in /etc/gone",
		"[client-server]\n!includedir /gone/":  "2 !includedir /gone optional in /gone",
		"conf-dir=/etc/gone,*.conf":            "1 conf-dir /etc/gone optional in /etc/gone",
		"$INCLUDE mods/":                       "1 $INCLUDE /etc/n/mods optional in /etc/n/mods",
		"include_shell \"/usr/bin/x.pl\"":      "1 include_shell /usr/bin/x.pl",
		"include ${DIR}/x.conf":                "",
		"include = true\ninclude yes":          "",
		"include <stdio.h>":                    "",
		"include":                              "",
		"include fastcgi_params;":              "1 include /etc/n/fastcgi_params",
	} {
		files := fstest.MapFS{
			"etc/n/n.conf": {Data: []byte(text)}, "etc/n/mime.types": {}, "etc/n/conf.d/x.conf": {},
		}
		c, err := Read(t.Context(), files, []Config{{Path: "/etc/n/n.conf", Name: "my.conf", Main: true}})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, i := range c.Includes {
			got += fmt.Sprintf("%d %s %s", i.Line, i.Directive, i.Path)
			if i.Optional {
				got += " optional"
			}
			if i.In != "/etc/n/n.conf" || i.File != "my.conf" {
				t.Errorf("%q: in %s, %s", text, i.In, i.File)
			}
		}
		for _, set := range c.Settings {
			got += fmt.Sprintf(" in %s", set.Value)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestIncluded checks that included files are main files, each read once, and that those
// of other files are not followed.
func TestIncluded(t *testing.T) {
	files := fstest.MapFS{
		"etc/n/n.conf":         {Data: []byte("include conf.d/*.conf;\ninclude n.conf;\n")},
		"etc/n/conf.d/a.conf":  {Data: []byte("listen 80;\ninclude mime.types;\ninclude b.inc;\n")},
		"etc/n/conf.d/b.inc":   {Data: []byte("user b;\ndaemon off;\nlisten 81;\ninclude gone;\ninclude /etc/gone;\n")},
		"etc/n/mime.types":     {Data: []byte("user mime;\n")},
		"etc/n/conf.d/.h.conf": {Data: []byte("listen 82;\n")},
		"other.conf":           {Data: []byte("listen 83;\ninclude /etc/gone2;\nuser o;\n")},
		"script.sh":            {Data: []byte("listen 84;\n")},
		"shell.conf":           {Data: []byte("include_shell /script.sh\n")},
	}
	c, err := Read(t.Context(), files, []Config{
		{Path: "/other.conf"},
		{Path: "/etc/n/conf.d/b.inc"},
		{Path: "/etc/n/n.conf", Main: true},
		{Path: "/shell.conf", Main: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Users, c.Ports, c.Modes); got != "[mime b o] "+
		"[80/tcp 81/tcp] [{listen /etc/n/conf.d/a.conf 1 listen 80} "+
		"{foreground /etc/n/conf.d/b.inc 2 daemon off} {listen /etc/n/conf.d/b.inc 3 listen 81}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(c.Includes); got != "[{/etc/n/conf.d/b.inc /etc/n/conf.d/b.inc 4 include gone /etc/n/gone false} "+
		"{/etc/n/conf.d/b.inc /etc/n/conf.d/b.inc 5 include /etc/gone /etc/gone false}]" {
		t.Error(got)
	}
}

// TestIncludeLimits checks that files which include each other, and very many includes,
// end.
func TestIncludeLimits(t *testing.T) {
	files := fstest.MapFS{"0": {}}
	for i := range 2 * maxDepth {
		files[fmt.Sprint(i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "listen %d\ninclude ./%d\ninclude /0", i+1, i+1)}
	}
	c, err := Read(t.Context(), files, []Config{{Path: "/0", Main: true}})
	if err != nil || len(c.Ports) != maxDepth+1 {
		t.Errorf("%q, %v", c.Ports, err)
	}
	var many strings.Builder
	for i := range 2 * maxIncludes {
		fmt.Fprintf(&many, "include /gone/%d\ninclude /d/\n", i)
	}
	files = fstest.MapFS{"c": {Data: []byte(many.String())}, "d/x": {}}
	c, err = Read(t.Context(), files, []Config{{Path: "/c", Main: true}})
	if err != nil || len(c.Includes) != maxIncludes || len(c.Warnings) == 0 {
		t.Errorf("%d, %v, %v", len(c.Includes), c.Warnings, err)
	}
}
