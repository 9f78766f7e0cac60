package conffile

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

// image returns a tree with one file, /c.
func image(text string) fstest.MapFS { return fstest.MapFS{"c": {Data: []byte(text)}} }

// read reads text as a main file.
func read(t *testing.T, text string) Contents {
	t.Helper()
	c, err := Read(t.Context(), image(text), []Config{{Path: "/c", Name: "my.conf", Main: true}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSettings(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"redis as packaged", "bind 127.0.0.1 -::1\nport 6379\ndaemonize yes\n" +
				"pidfile /run/redis/redis-server.pid\nlogfile /var/log/redis/redis-server.log\ndir /var/lib/redis\n",
			"1 loopback 127.0.0.1 -::1; 3 daemonize yes; 4 directory /run/redis; 5 directory /var/log/redis; 6 " +
				"directory /var/lib/redis",
		},
		{"redis for a container", "bind 0.0.0.0\ndaemonize no\nlogfile \"\"\ndir ./\n", ""},
		{"redis on two", "bind 127.0.0.1 192.0.2.1\n", ""},
		{"redis on a socket", "unixsocket /run/redis/redis.sock\n", "1 directory /run/redis"},
		{
			"nginx", "user www-data;\npid /run/nginx.pid;\n" +
				"http { access_log /var/log/nginx/access.log; error_log /dev/stderr;\n" +
				" server { listen 127.0.0.1:8080; } }\n",
			"2 directory /run; 3 directory /var/log/nginx; 4 loopback 127.0.0.1:8080",
		},
		{"nginx on all", "listen 127.0.0.1:81;\nlisten 80;\nlisten [::]:80;\naccess_log off;", ""},
		{
			"haproxy", "global\n\tdaemon\n\tuser haproxy\n\tchroot /var/lib/haproxy\n" +
				"\tstats socket /run/haproxy/admin.sock mode 660\nfrontend f\n\tbind *:80\n",
			"2 daemonize ; 4 directory /var/lib/haproxy; 5 directory /run/haproxy",
		},
		{
			"postgres", "listen_addresses = 'localhost'\t\t# what\n" +
				"unix_socket_directories = '/var/run/postgresql'\n" +
				"external_pid_file = '/var/run/postgresql/15-main.pid'\n" +
				"data_directory='/var/lib/postgresql/15/main'",
			"1 loopback localhost; 2 directory /var/run/postgresql; 3 directory /var/run/postgresql; 4 directory " +
				"/var/lib/postgresql/15/main",
		},
		{
			"memcached", "-d\nlogfile /var/log/memcached.log\n-m 64\n-p 11211\n-u memcache\n-l 127.0.0.1\n-l ::1\n",
			"1 daemonize ; 2 directory /var/log; 6 loopback 127.0.0.1",
		},
		{
			"mosquitto's", "pid_file /run/mosquitto/mosquitto.pid\npersistence_location /var/lib/mosquitto/\n" +
				"log_dest file /var/log/mosquitto/mosquitto.log\nlistener 1883 127.0.0.1\n",
			"1 directory /run/mosquitto; 2 directory /var/lib/mosquitto; 3 directory /var/log/mosquitto; 4 " +
				"loopback 1883 127.0.0.1",
		},
		{"a listener for all", "listener 1883\nlistener 1884 127.0.0.1", ""},
		{
			"unbound", "server:\n  interface: 127.0.0.1\n  username: \"unbound\"\n  directory: \"/etc/unbound\"\n" +
				"  do-daemonize: yes",
			"2 loopback 127.0.0.1; 4 directory /etc/unbound; 5 daemonize yes",
		},
		{"comments", "# daemonize yes\n; user x\n// dir /y\nport 1 # daemonize yes\n", ""},
		{
			"JSON", "{\"bind\": \"127.0.0.1\", \"daemonize\": true,\n\"pidfile\": \"/run/x/pid\"}",
			"1 loopback 127.0.0.1; 1 daemonize true; 2 directory /run/x",
		},
		{"a client's", "[client]\nbind 127.0.0.1\ndir /x\n[server]\ndir /y\n", "5 directory /y"},
		{"an equals sign in a value", "bind 127.0.0.1:80 maxconn=5\n", "1 loopback 127.0.0.1:80 maxconn=5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, s := range read(t, tc.text).Settings {
				got = append(got, fmt.Sprintf("%d %s %s", s.Line, s.Kind, s.Value))
				if s.File != "my.conf" {
					t.Errorf("file %q", s.File)
				}
			}
			if text := strings.Join(got, "; "); text != tc.want {
				t.Errorf("got  %s\nwant %s", text, tc.want)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"redis", "bind 0.0.0.0\nport 6379\n# port 1\ntls-port 6380\n", "6379/tcp 6380/tcp"},
		{"addresses", "bind 127.0.0.1 ::1\nbind ::1\n", ""},
		{
			"haproxy", "frontend f\n  bind *:80\n  bind [::]:443 ssl\n  bind :8404\n  bind /run/h.sock\n",
			"80/tcp 443/tcp 8404/tcp",
		},
		{"a client's", "[client]\nport = 3307\n[mysqld]\nport = 3306\n", "3306/tcp"},
		{"byte order mark", "\uFEFFport 7\n", "7/tcp"},
		{"redis on a socket only", "port 0\nunixsocket /run/redis.sock\n", ""},
		{"postgres", "listen_addresses = '*'\nport = 5432\t\t\t# (change requires restart)\n", "5432/tcp"},
		{"postgres quoted", "port='5433'", "5433/tcp"},
		{
			"nginx",
			"http {\n server {\n  listen 80 default_server;\n  listen [::]:80;\n  listen 443 ssl;\n" +
				" listen 443 quic;\n listen unix:/run/n.sock;\n }\n}",
			"80/tcp 443/tcp 443/udp",
		},
		{"nginx in a line", "server { listen 127.0.0.1:8080; root /srv; }", "8080/tcp"},
		{"apache", "Listen 0.0.0.0:8080\nLISTEN 8443 https", "8080/tcp 8443/tcp"},
		{"a broker", "listener 1883 0.0.0.0\n", "1883/tcp"},
		{"yaml", "server:\n  port: 8080 # the usual\n", "8080/tcp"},
		{"json", `{"host": "x", "port": 9090, "other": 1}`, "9090/tcp"},
		{"java", "server.port=8081\nmail.smtp.port=25", "8081/tcp"},
		{"windows line ends", "port 6379\r\nport 6380\r\n", "6379/tcp 6380/tcp"},
		{"not plain", "port ${PORT}\nports 80\nportal 81\nport\nport 70000\nport -1\nport 80-90\n", ""},
		{"twice", "listen 80\nlisten 80\n", "80/tcp"},
		{"binary", "\x7fELF\x00\x00port\x00", ""},
		{"quoted address", "bind = \"0.0.0.0:8000\"\n", "8000/tcp"},
		{"blank before a colon", "\"port\" : 9091", "9091/tcp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := strings.Join(read(t, tc.text).Ports, " "); got != tc.want {
				t.Errorf("got %q; want %q", got, tc.want)
			}
		})
	}
}

func TestModes(t *testing.T) {
	for text, want := range map[string]string{
		"daemon off;":                          "foreground daemon",
		"daemon on;":                           "daemonize daemon",
		"\tdaemon":                             "daemonize daemon",
		"server:\n\tdo-daemonize: no":          "foreground do-daemonize",
		"foreground = yes":                     "foreground foreground",
		"foreground = quiet":                   "foreground foreground",
		"foreground = no":                      "daemonize foreground",
		"port 1\nuser x\n":                     "",
		strings.Repeat("daemonize yes\n", 2e3): strings.Repeat("daemonize daemonize ", maxSettings),
	} {
		got, err := Read(t.Context(), image(text), []Config{{Path: "/c"}})
		if err != nil {
			t.Fatal(err)
		}
		list := ""
		for _, s := range got.Modes {
			if s.Kind == Listen {
				continue
			}
			list += string(s.Kind) + " " + s.Directive + " "
		}
		if strings.TrimSpace(list) != strings.TrimSpace(want) || len(got.Settings) > 0 {
			t.Errorf("%q: %s, want %s", text[:min(len(text), 20)], list, want)
		}
	}
}

func TestVariables(t *testing.T) {
	c := read(t, "Define A 1\n\tsetenv B x\nUser ${A}\nX ${B}/${C}\n# ${D}\nlog ${C} ${E_1}x\n$F ${g} ${H:-x} ${I\n")
	if got := fmt.Sprint(c.Variables); got != "[{variable my.conf 4  C} {variable my.conf 6  E_1}]" {
		t.Error(got)
	}
	c, err := Read(t.Context(), image("${A}"), []Config{{Path: "/c"}})
	if err != nil || len(c.Variables) > 0 {
		t.Error(c.Variables, err)
	}
}

// TestListen checks which settings say where a program listens.
func TestListen(t *testing.T) {
	c := read(t, "listener 1883\ninterface: ::1\nlisten_addresses = '*'\nport 1\nlisten\n")
	var got []string
	for _, s := range c.Modes {
		got = append(got, string(s.Kind)+" "+s.Directive)
	}
	if text := strings.Join(got, "; "); text != "listen listener; listen interface; listen listen_addresses; listen port" {
		t.Error(text)
	}
}

// TestMainFiles checks that ports and settings are only read from main files, and that
// each port is listed once.
func TestMainFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"a": {Data: []byte("port 1\ndaemonize yes\nuser a\n")},
		"b": {Data: []byte("port 2\ndir /b\n")},
		"c": {Data: []byte("port 3\nport 2\nload x.so y.so\nload x.so\n")},
	}
	got, err := Read(t.Context(), fsys, []Config{
		{Path: "/a"},
		{Path: "b", Main: true},
		{Path: "/c", Name: "c.conf", Main: true},
		{Path: "/gone", Main: true},
		{Path: "/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "{[a] [] [{/c [x.so y.so]}] [2/tcp 3/tcp] [{directory b 2 dir /b}] [{listen b 1 port 2} " +
		"{listen c.conf 1 port 3} {listen c.conf 2 port 2} {daemonize /a 2 daemonize yes}] [] [] [] <nil> <nil>}"
	if text := fmt.Sprint(got); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}

// TestAccounts checks the rules for the account of a server: the directive is known by
// its whole name or its suffix, and has no further words.
func TestAccounts(t *testing.T) {
	for line, want := range map[string]string{
		"user www-data;":                      "user www-data",
		"  user  nginx www; # why":            "user nginx group www",
		"user = mysql":                        "user mysql",
		"user:x":                              "user x",
		"User Nobody":                         "user Nobody",
		"username: \"unbound\"":               "user unbound",
		"user='x'":                            "user x",
		"user=\"x\"":                          "user x",
		"\"user\": \"redis\",":                "user redis",
		"events {} user www-data;":            "user www-data",
		"-u memcache":                         "user memcache",
		"User Debian-exim":                    "user Debian-exim",
		"exim_user = 'Debian-exim'":           "user Debian-exim",
		"user _chrony":                        "user _chrony",
		"user \"_Own.er-1\";":                 "user _Own.er-1",
		"UserID\topendkim:opendkim":           "user opendkim group opendkim",
		"UserID opendkim":                     "user opendkim",
		"listen.owner = www-data":             "user www-data",
		"run_as = nobody":                     "user nobody",
		"user a:b:c":                          "",
		"user :b":                             "",
		"  <user>messagebus</user>":           "user messagebus",
		"<user>a</group>":                     "",
		"<!--<user>a</user>--><user>b</user>": "user b",
		"<!-- x\n<user>a</user>\n-->\nuser b": "user b",
		"<user>a</user><!--\nuser b":          "user a",
		"SSIStartTag \"<!--#\"\nuser b":       "user b",
		"<Directory /user>":                   "",
		"-U memcache":                         "",
		"user 33":                             "user 33",
		"server.username = \"www-data\"":      "user www-data",
		"cache_effective_user proxy":          "user proxy",
		"setuid = stunnel4":                   "user stunnel4",
		"ServerUID = irc":                     "user irc",
		"server.groupname = \"www-data\"":     "group www-data",
		"cache_effective_group proxy # or":    "group proxy",
		"setgid = stunnel4":                   "group stunnel4",
		"max_connections_per_user 100":        "", // a number of something else
		"user default on nopass ~* &*":        "", // an entry of redis's access list
		"user tiger password secret":          "", // haproxy's userlist
		"user":                                "",
		"# user www-data;":                    "",
		"; user www-data":                     "",
		"// user www-data":                    "",
		"worker 1;# user www-data;":           "",
		"useradd x":                           "",
		"user_agent = mozilla":                "",
		"proxy_set_header user $x;":           "",
		"user $x;":                            "",
		"[client]\nuser = debian-sys-maint":   "", // of a program that connects to the server
		"[client]\nx\n[mysqld]\nuser = m":     "user m",
	} {
		c, err := Read(t.Context(), image(line+"\n"), []Config{{Path: "/c"}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range c.Users {
			got = append(got, "user "+u)
		}
		for _, g := range c.Groups {
			got = append(got, "group "+g)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %q, want %q", line, text, want)
		}
	}
}

// TestModules checks that modules are found, and not in comments.
func TestModules(t *testing.T) {
	text := "load_module modules/echo.so;# load_module a.so;\n# b.so\n;c.so\n//d.so\nextension=/opt/m/own.so # e.so\n" +
		"[client]\nplugin=auth.so, more.so.1\n"
	if got := fmt.Sprint(read(t, text).Modules); got != "[{/c [modules/echo.so /opt/m/own.so auth.so more.so]}]" {
		t.Error(got)
	}
}

// TestSizes checks that a file that is too large is a warning, and that a binary file is
// ignored.
func TestSizes(t *testing.T) {
	begin := strings.Repeat("\n", sniffed)
	fsys := testfs.FS{
		MapFS: fstest.MapFS{
			"big": {Data: []byte(begin + "user a\nport 1\n")}, "long": {Data: []byte(begin + "user b\nport 2\n")},
			"binary": {Data: []byte("user c\n\x00")}, "small": {Data: []byte("user d\n")},
		},
		Size: map[string]int64{"big": maxConfigs + 1, "long": maxMain + 1},
	}
	for _, tc := range []struct {
		config Config
		want   string
	}{
		{
			Config{Path: "/big", Name: "my big"},
			"[] [] [my big: together with the files read before it larger than 16 MiB; the accounts and modules that it names are " +
				"ignored]",
		},
		{
			Config{Path: "/long", Main: true},
			"[b] [2/tcp] [/long: only the first 4 MiB are searched for ports and directories]",
		},
		{Config{Path: "/long"}, "[b] [] []"},
		{Config{Path: "/binary", Main: true}, "[] [] []"},
		{Config{Path: "/small"}, "[d] [] []"},
	} {
		c, err := Read(t.Context(), fsys, []Config{tc.config})
		if got := fmt.Sprint(c.Users, c.Ports, c.Warnings); err != nil || got != tc.want {
			t.Errorf("%+v: %s, %v, want %s", tc.config, got, err, tc.want)
		}
	}
	// A main file that is too large for the rest is a main file all the same.
	c, err := Read(t.Context(), fsys, []Config{{Path: "/big", Main: true}})
	if err != nil || len(c.Warnings) != 2 || fmt.Sprint(c.Users, c.Ports) != "[a] [1/tcp]" {
		t.Error(c, err)
	}
	// Together they have a limit, too.
	var many []Config
	for i := range maxConfigs/maxMain + 1 {
		name := fmt.Sprint("long", i)
		fsys.MapFS[name], fsys.Size[name] = fsys.MapFS["long"], maxMain+1
		many = append(many, Config{Path: name}, Config{Path: "/" + name})
	}
	if c, err := Read(t.Context(), fsys, many); err != nil || len(c.Warnings) != 2 {
		t.Error(c.Warnings, err)
	}
}

// TestSettingsBeyondTheLimit checks that settings after maxMain bytes are ignored.
func TestSettingsBeyondTheLimit(t *testing.T) {
	text := "port 1\n" + strings.Repeat(strings.Repeat("#", 1023)+"\n", maxMain/1024) + "port 2\nuser a\n"
	if got := fmt.Sprint(read(t, text).Ports, read(t, text).Users); got != "[1/tcp] [a]" {
		t.Error(got)
	}
}

// TestEndlessLine checks that a very long line is read in parts with the same number.
func TestEndlessLine(t *testing.T) {
	c := read(t, "port 1\n"+strings.Repeat("x", 2*maxLine+1)+"\nport 2\ndaemonize yes\n")
	if got := fmt.Sprint(c.Ports, c.Settings); got != "[1/tcp 2/tcp] [{daemonize my.conf 4 daemonize yes}]" {
		t.Error(got)
	}
}

func TestLimits(t *testing.T) {
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	many := strings.Repeat("daemonize yes\n", maxSettings+1)
	files := []Config{{Path: "/c", Name: "many.conf", Main: true}}
	if _, err := Read(t.Context(), image(many), files); err == nil || err.Error() != "--conf many.conf: line 1001: "+
		"more than 1000 settings that affect a container" {
		t.Error(err)
	}
	c, err := Read(t.Context(), image(lines(maxNames+1, "user u%d\n")), files)
	if err != nil || len(c.Users) != maxNames || fmt.Sprint(c.AccountsErr) != "many.conf: names more than 4096 accounts" {
		t.Error(len(c.Users), c.AccountsErr, err)
	}
	c, err = Read(t.Context(), image(lines(maxNames+1, "load m%d.so\n")), files)
	names := c.Modules[0].Names
	if err != nil || len(names) != maxNames || fmt.Sprint(c.ModulesErr) != "many.conf: names more than 4096 modules" {
		t.Error(c.ModulesErr, err)
	}
}

// TestErrors checks that a file that cannot be read is an error with its path, and that
// Read returns the error of the context.
func TestErrors(t *testing.T) {
	files := []Config{{Path: "/c", Main: true}}
	for _, op := range []string{"lstat", "open", "read"} {
		fsys := testfs.FS{MapFS: image("port 1\n"), Fail: map[string]error{op + " c": syscall.EIO}}
		_, err := Read(t.Context(), fsys, files)
		if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "c: ") {
			t.Errorf("%s: %v", op, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, image("port 1\n"), files); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c, err := Read(t.Context(), nil, files); err != nil || len(c.Ports) > 0 {
		t.Error(c, err)
	}
}

// TestDirectives checks the invariants of the table.
func TestDirectives(t *testing.T) {
	for name, means := range directives {
		if fold(name) != name || means == 0 || strings.Count(name, " ") > 1 || strings.ContainsAny(name, "=:\t") {
			t.Errorf("%q would not be found", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("port 6379\nbind 127.0.0.1\nlisten [::]:80;{}\n-d\n=\nuser a b;\nx.so [client]\n\"a\" : 1,\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Read(t.Context(), image(text), []Config{{Path: "/c", Main: true}})
		if err != nil && !strings.Contains(err.Error(), "more than") {
			t.Fatal(err)
		}
		for _, p := range c.Ports {
			if !strings.HasSuffix(p, "/tcp") && !strings.HasSuffix(p, "/udp") {
				t.Errorf("port %q", p)
			}
		}
		lines := strings.Count(text, "\n") + 1
		for _, s := range c.Settings {
			if s.Kind == Directory && (!path.IsAbs(s.Value) || path.Clean(s.Value) != s.Value) {
				t.Errorf("directory %q", s.Value)
			}
			if s.Line < 1 || s.Line > lines {
				t.Errorf("line %d of %d", s.Line, lines)
			}
		}
		for _, name := range append(c.Users, c.Groups...) {
			if !isAccountName(name) {
				t.Errorf("account %q", name)
			}
		}
	})
}
