package confplan

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

func TestPlan(t *testing.T) {
	files := sysroot.New(fstest.MapFS{
		"my.conf": {
			Data: []byte("# -x\n-m 64 # MB\n-d\nlogfile /x\n  -u memcache\n"),
		}, "no.conf": {Data: []byte("x\n")},
	})
	conf := func(p string) []Placed { return []Placed{{Src: "my.conf", Path: p}, {Src: "two", Path: "/two"}} }
	byDefault := []Placed{{Src: "my.conf", Path: "/etc/x.conf", Default: true}}
	mode := func(directive string, kind doctor.SettingKind) []doctor.Setting {
		return []doctor.Setting{{Kind: kind, Directive: directive}}
	}
	for _, tc := range []struct {
		name string
		r    Run
		want string // the arguments
		tell string // a part of the notes and the advice
	}{
		{"redis-server", Run{Confs: conf("/c")}, "/c", ""},
		{"redis-server", Run{Confs: conf("/c"), Args: []string{"--port", "1"}}, "/c --port 1", ""},
		{"redis-server", Run{}, "", ""},
		{"haproxy", Run{Confs: conf("/c")}, "-f /c", ""},
		{
			"haproxy",
			Run{Confs: conf("/c"), Settings: mode("daemon", doctor.Daemonize)},
			"-f /c -db", "-db  haproxy stays in the foreground",
		},
		{"haproxy", Run{Confs: conf("/c"), Args: []string{"-f", "/c"}}, "-f /c", ""},
		{"postgres", Run{Confs: conf("/c")}, "-c config_file=/c", "postgres needs a data directory that initdb has made: mount it"},
		{"privoxy", Run{Confs: conf("/c")}, "--no-daemon /c", "foreground"},
		{"unbound", Run{Confs: byDefault}, "-d", `unbound is reachable only from inside the container without a setting such as "int`},
		{"unbound", Run{Confs: byDefault, Settings: mode("interface", doctor.Listen)}, "-d", "-d  unbound stays"},
		{"mosquitto", Run{Confs: conf("/c"), Settings: mode("listener", doctor.Listen)}, "-c /c", ""},
		{"mosquitto", Run{}, "", ""},
		{"dropbear", Run{}, "-F -E", "dropbear needs a host key: mount one in the container, or make one with -- -R"},
		{"sshd", Run{Confs: byDefault}, "-D -e", "-D -e  sshd stays in the foreground"},
		{"memcached", Run{Confs: conf("/c")}, "-m 64 -u memcache", "my.conf  its options are in CMD, since memcached reads no"},
		{"memcached", Run{Confs: []Placed{{Src: "no.conf"}}}, "", "memcached reads no configuration file: give it options with -- ARG"},
		{"memcached", Run{Confs: []Placed{{Src: "gone.conf"}}}, "", "--conf gone.conf: memcached reads no configuration file"},
		{"pdns_server", Run{Confs: conf("/d/pdns.conf")}, "--config-dir=/d", ""},
		{"nginx", Run{}, "-g 'daemon off;'", "-g 'daemon off;'  nginx stays in the foreground"},
		{"nginx", Run{Confs: byDefault}, "-g 'daemon off;'", "foreground"},
		{"nginx", Run{Confs: conf("/c")}, "-c /c -g 'daemon off;'", "foreground"},
		{"nginx", Run{Settings: mode("daemon", doctor.Foreground)}, "", ""},
		{"nginx", Run{Settings: mode("daemon", doctor.Daemonize)}, "", ""},
		{"nginx", Run{Args: []string{"-g", "pid /p; daemon off;"}}, "-g 'pid /p; daemon off;'", ""},
		{"nginx", Run{Args: []string{"-gdaemon off;"}}, "'-gdaemon off;'", ""},
		{"slapd", Run{Args: []string{"-d256"}}, "-d256", ""},
		{"nginx", Run{Args: []string{"-t"}}, "-g 'daemon off;' -t", "foreground"},
		{"apache2", Run{Args: []string{"-D", "FOREGROUND"}}, "-D FOREGROUND", ""},
		{"vsftpd", Run{}, "-obackground=NO", "foreground"},
		{"vsftpd", Run{Args: []string{"-obackground=YES"}}, "-obackground=YES", ""},
		{"rsync", Run{Args: []string{"--version"}}, "--version", ""},
		{"rsync", Run{Confs: byDefault}, "--daemon --no-detach", "foreground"},
		{"exim4", Run{}, "-bdf", "foreground"},
		{"exim4", Run{Args: []string{"-bV"}}, "-bV", ""},
		{"php-fpm8.2", Run{Confs: conf("/c")}, "-y /c -F", "foreground"},
		{
			"in.tftpd",
			Run{Confs: conf("/c")},
			"-L", "--conf my.conf: in.tftpd reads no configuration file: give it options with -- ARG",
		},
		{
			"stunnel",
			Run{Confs: conf("/c")},
			"/c", `my.conf: stunnel runs in the background without the setting "foreground = yes"`,
		},
		{"stunnel", Run{Confs: conf("/c"), Settings: mode("foreground", doctor.Foreground)}, "/c", ""},
		{"unknown", Run{}, "", ""},
		{"unknown", Run{Args: []string{"-x"}}, "-x", ""},
		{"unknown", Run{Confs: byDefault}, "", ""},
		{
			"unknown", Run{Confs: conf("/c")}, "/c", "unknown gets its configuration file as its first argument, since no option is " +
				"known for it: give an option with -- --config=/c, or another path with --conf my.conf:DST",
		},
		{"unknown", Run{Confs: conf("/c"), Args: []string{"--config=/c"}}, "--config=/c", ""},
	} {
		tc.r.Image = sysroot.New(fstest.MapFS{"etc/ssh/ssh_host_x_key": {}})
		tc.r.At = func(name string) (*sysroot.Root, string) { return files, "/" + name }
		tc.r.Names, tc.r.Path = []string{"/usr/sbin/" + tc.name}, "/usr/sbin/"+tc.name
		t.Run(strings.TrimSpace(tc.name+" "+strings.Join(tc.r.Args, " ")), func(t *testing.T) {
			s := Plan(tc.r)
			if got := quote.ShellWords(s.Command[1:]...); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			told := s.Notes
			for _, a := range s.Advice {
				told = append(told, a.Text+": "+a.Fix)
			}
			if got := strings.Join(told, "\n"); !strings.Contains(got, tc.tell) || tc.tell == "" && got != "" {
				t.Errorf("tells %q, want %q", got, tc.tell)
			}
		})
	}
}

// TestStays checks when a setting to run in the background does not matter.
func TestStays(t *testing.T) {
	daemon := []doctor.Setting{{Kind: doctor.Daemonize, Directive: "daemon"}}
	for name, want := range map[string]bool{
		"haproxy": true, "unbound": true, "nginx": false, "redis-server": false, "unknown": false,
	} {
		s := Plan(Run{Names: []string{name}, Path: "/" + name, Settings: daemon, Image: sysroot.New(fstest.MapFS{})})
		if s.Stays != want || len(SettingWarnings(daemon, s.Stays)) != map[bool]int{true: 0, false: 1}[want] {
			t.Errorf("%s: %v", name, s.Stays)
		}
	}
}

// TestRows checks that no two rows have the same name, and that each row has what it needs.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows {
		for _, name := range words(r.names) {
			if seen[name] {
				t.Errorf("%s: two rows", name)
			}
			seen[name] = true
			if lookUp([]string{"", "/opt/" + name}) == nil {
				t.Errorf("%s is not found", name)
			}
		}
		if !slices.Contains([]string{noFile, optionLines}, r.conf) &&
			!strings.Contains(r.conf, "FILE") && !strings.Contains(r.conf, "DIR") {
			t.Errorf("%s: does not name the file: %q", r.names, r.conf)
		}
		if (r.needs == "") != (r.unless == "") || (r.needs == "") != (r.fix == "") {
			t.Errorf("%s: only one of needs, unless and fix", r.names)
		}
		if len(r.stay) == 0 && (r.when != always || len(r.instead) > 0) {
			t.Errorf("%s: without words for the foreground", r.names)
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d programs", len(seen))
	}
}
