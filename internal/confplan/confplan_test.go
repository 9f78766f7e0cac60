package confplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// program returns a program with string constants, in a source with files.
func program(name string, constants []string, files ...string) Program {
	return Program{
		Names:  []string{"/usr/sbin/" + name},
		Exists: func(name string) bool { return slices.Contains(files, name) },
		Strings: func(yield func([]byte) bool) error {
			for _, s := range constants {
				if !yield([]byte(s)) {
					break
				}
			}
			return nil
		},
	}
}

func TestPlace(t *testing.T) {
	nginx := []string{"/etc/nginx/", "/etc/nginx/nginx.conf", "nginx.conf not found"}
	apache := []string{"/etc/apache2", "/usr/local/x", "apache2.conf"}
	for _, tc := range []struct {
		name string
		p    Program
		conf Conf
		want string
	}{
		{"a whole path", program("nginx", nginx), Conf{Src: "my/nginx.conf"}, "/etc/nginx/nginx.conf by default"},
		{"another base name", program("nginx", nginx), Conf{Src: "my.conf"}, "/etc/my/my.conf"},
		{
			"DST is the default", program("nginx", nginx),
			Conf{"my.conf", "/etc/nginx/nginx.conf"},
			"/etc/nginx/nginx.conf by default",
		},
		{
			"DST is a directory", program("nginx", nginx),
			Conf{"nginx.conf", "/etc/nginx/"},
			"/etc/nginx/nginx.conf by default",
		},
		{"another DST", program("nginx", nginx), Conf{"nginx.conf", "/srv//nginx.conf"}, "/srv/nginx.conf"},
		{
			"a directory and a name", program("apache2", apache),
			Conf{Src: "apache2.conf"},
			"/etc/apache2/apache2.conf by default",
		},
		{
			"a directory and a relative path, which the source has",
			program("httpd", []string{"/etc/x", "/etc/h", "conf/httpd.conf"}, "/etc/h/conf/httpd.conf"),
			Conf{Src: "httpd.conf"},
			"/etc/h/conf/httpd.conf by default",
		},
		{"directories of others", program("y", apache), Conf{Src: "apache2.conf"}, "/etc/apache2/apache2.conf"},
		{
			"a format", program("x", []string{"/etc/%s/%s.cfg", "%d/x.cfg"}),
			Conf{Src: "x.cfg"},
			"/etc/x/x.cfg by default",
		},
		{
			"a positional argument", program("vsftpd", []string{"/etc/vsftpd.conf"}),
			Conf{Src: "vsftpd.conf"},
			"/etc/vsftpd.conf by default",
		},
		{"an end of a path", program("x", []string{"/x.conf"}), Conf{Src: "x.conf"}, "/etc/x/x.conf"},
		{
			"several paths, one in the source", program("x", []string{"/usr/local/etc/x.conf", "/etc/x.conf"}, "/etc/x.conf"),
			Conf{Src: "x.conf"},
			"/etc/x.conf by default",
		},
		{
			"several paths", program("x", []string{"/usr/local/etc/x.conf", "/etc/x.conf"}),
			Conf{Src: "x.conf"},
			"/usr/local/etc/x.conf by default",
		},
		{
			"a path in a message", program("x", []string{"see /etc/y/x.conf", "/etc/y/x.conf is old"}),
			Conf{Src: "x.conf"},
			"/etc/x/x.conf",
		},
		{
			"a path of a library for its own file", program("memcached", []string{"/etc/sasl/memcached.conf"}),
			Conf{Src: "memcached.conf"},
			"/etc/memcached/memcached.conf",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			placed, err := Place(tc.p, []Conf{tc.conf})
			if err != nil {
				t.Fatal(err)
			}
			got := placed[0].Path
			if placed[0].Default {
				got += " by default"
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// TestPlaceReads checks that the strings are read only if they matter.
func TestPlaceReads(t *testing.T) {
	failing := errors.New("cannot be read")
	for name, want := range map[string]error{
		"redis-server": nil, "memcached": nil, "nginx": failing, "unknown": failing,
	} {
		p := program(name, nil)
		p.Strings = func(func([]byte) bool) error { return failing }
		if _, err := Place(p, []Conf{{Src: "x.conf"}}); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Place(p, nil); err != nil {
			t.Errorf("%s without files: %v", name, err)
		}
	}
}

func TestFallback(t *testing.T) {
	for src, want := range map[string]string{
		"redis.conf":           "/etc/redis/redis.conf",
		"./etc/nginx.conf":     "/etc/nginx/nginx.conf",
		"/srv/my.app.toml":     "/etc/my.app/my.app.toml",
		"Caddyfile":            "/etc/Caddyfile/Caddyfile",
		"/home/u/.npmrc":       "/etc/npmrc/.npmrc",
		"/home/u/.config.json": "/etc/config/.config.json",
	} {
		if got := fallback(src); got != want {
			t.Errorf("fallback(%q) = %s, want %s", src, got, want)
		}
	}
}

func FuzzPlace(f *testing.F) {
	f.Add("/a/../.b.c", "/a/../.b.c")
	f.Add("..", "%s/..")
	f.Fuzz(func(t *testing.T, src, constant string) {
		if at := fallback("/" + src); !strings.HasPrefix(at, "/etc") {
			t.Errorf("goes to %q", at)
		}
		placed, err := Place(program("x", []string{constant}), []Conf{{Src: src}})
		if err != nil || !strings.HasPrefix(placed[0].Path, "/") {
			t.Errorf("%v, %v", placed, err)
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	s := newSearch([]string{"x"}, program("x", nil).Exists)
	s.want("x.conf")
	text := []byte("/usr/share/something/else.conf")
	b.ReportAllocs()
	for b.Loop() {
		s.add(text)
	}
}

// TestMany checks that the number of paths that are kept is limited.
func TestMany(t *testing.T) {
	var many []string
	for i := range 5 * maxDirs {
		many = append(many, fmt.Sprintf("/etc/%d", i), fmt.Sprintf("%d/x.conf", i), fmt.Sprintf("/%d/x.conf", i))
	}
	s := newSearch([]string{"x"}, program("x", nil).Exists)
	s.want("x.conf")
	for _, text := range many {
		s.add([]byte(text))
	}
	if len(s.dirs) != maxDirs || len(s.paths["x.conf"]) != maxPaths || len(s.tails["x.conf"]) != maxPaths {
		t.Errorf("%d directories, paths %q, ends of paths %q", len(s.dirs), s.paths, s.tails)
	}
}
