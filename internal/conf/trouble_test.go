package conf

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
)

func TestTroubles(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"redis as packaged", "bind 127.0.0.1 -::1\nport 6379\ndaemonize yes\npidfile /run/redis/redis-server.pid\nlogfile /var/log/redis/redis-server.log\ndir /var/lib/redis\n",
			"1 loopback 127.0.0.1 -::1; 3 daemonize yes; 4 directory /run/redis; 5 directory /var/log/redis; 6 directory /var/lib/redis",
		},
		{"redis for a container", "bind 0.0.0.0\ndaemonize no\nlogfile \"\"\ndir ./\n", ""},
		{"redis on two", "bind 127.0.0.1 192.0.2.1\n", ""},
		{"redis on a socket", "unixsocket /run/redis/redis.sock\n", "1 directory /run/redis"},
		{
			"nginx", "user www-data;\npid /run/nginx.pid;\nhttp { access_log /var/log/nginx/access.log; error_log /dev/stderr;\n server { listen 127.0.0.1:8080; } }\n",
			"1 user www-data; 2 directory /run; 3 directory /var/log/nginx; 4 loopback 127.0.0.1:8080",
		},
		{"nginx on all", "listen 127.0.0.1:81;\nlisten 80;\nlisten [::]:80;\naccess_log off;", ""},
		{
			"haproxy", "global\n\tdaemon\n\tuser haproxy\n\tchroot /var/lib/haproxy\n\tstats socket /run/haproxy/admin.sock mode 660\nfrontend f\n\tbind *:80\n",
			"2 daemonize ; 3 user haproxy; 4 directory /var/lib/haproxy; 5 directory /run/haproxy",
		},
		{
			"postgres", "listen_addresses = 'localhost'\t\t# what\nunix_socket_directories = '/var/run/postgresql'\nexternal_pid_file = '/var/run/postgresql/15-main.pid'\ndata_directory='/var/lib/postgresql/15/main'",
			"1 loopback localhost; 2 directory /var/run/postgresql; 3 directory /var/run/postgresql; 4 directory /var/lib/postgresql/15/main",
		},
		{
			"memcached", "-d\nlogfile /var/log/memcached.log\n-m 64\n-p 11211\n-u memcache\n-l 127.0.0.1\n-l ::1\n",
			"1 daemonize ; 2 directory /var/log; 5 user memcache; 6 loopback 127.0.0.1",
		},
		{
			"mosquitto's", "pid_file /run/mosquitto/mosquitto.pid\npersistence_location /var/lib/mosquitto/\nlog_dest file /var/log/mosquitto/mosquitto.log\nlistener 1883 127.0.0.1\n",
			"1 directory /run/mosquitto; 2 directory /var/lib/mosquitto; 3 directory /var/log/mosquitto; 4 loopback 1883 127.0.0.1",
		},
		{"a listener for all", "listener 1883\nlistener 1884 127.0.0.1", ""},
		{
			"unbound", "server:\n  interface: 127.0.0.1\n  username: \"unbound\"\n  directory: \"/etc/unbound\"\n  do-daemonize: yes",
			"2 loopback 127.0.0.1; 3 user unbound; 4 directory /etc/unbound; 5 daemonize yes",
		},
		{"comments", "# daemonize yes\n; user x\n// dir /y\nport 1 # daemonize yes\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found, err := Troubles(t.Context(), strings.NewReader(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Kind, f.Value))
			}
			if text := strings.Join(got, "; "); text != tc.want {
				t.Errorf("got  %s\nwant %s", text, tc.want)
			}
		})
	}
}

func TestTroublesEnd(t *testing.T) {
	many := strings.Repeat("daemonize yes\n", maxFindings+1)
	if _, err := Troubles(t.Context(), strings.NewReader(many)); err == nil || !strings.Contains(err.Error(), "line 1001: more than 1000") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Troubles(ctx, strings.NewReader(many)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Ports(ctx, strings.NewReader(many)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzConf(f *testing.F) {
	f.Add("port 6379\nbind 127.0.0.1\nlisten [::]:80;{}\n-d\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		ports, err := Ports(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ports {
			if !strings.HasSuffix(p, "/tcp") && !strings.HasSuffix(p, "/udp") {
				t.Errorf("port %q", p)
			}
		}
		found, err := Troubles(t.Context(), strings.NewReader(text))
		if err != nil && !strings.Contains(err.Error(), "more than") {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Kind == Directory && (!path.IsAbs(f.Value) || path.Clean(f.Value) != f.Value) {
				t.Errorf("directory %q", f.Value)
			}
		}
		if at := Dest("/" + text); !strings.HasPrefix(at, "/etc") {
			t.Errorf("goes to %q", at)
		}
	})
}
