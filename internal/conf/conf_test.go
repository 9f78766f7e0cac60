package conf

import (
	"strings"
	"testing"
)

func TestDest(t *testing.T) {
	for src, want := range map[string]string{
		"redis.conf":           "/etc/redis/redis.conf",
		"./etc/nginx.conf":     "/etc/nginx/nginx.conf",
		"/srv/my.app.toml":     "/etc/my.app/my.app.toml",
		"Caddyfile":            "/etc/Caddyfile/Caddyfile",
		"/home/u/.npmrc":       "/etc/npmrc/.npmrc",
		"/home/u/.config.json": "/etc/config/.config.json",
	} {
		if got := Dest(src); got != want {
			t.Errorf("Dest(%q) = %s, want %s", src, got, want)
		}
	}
}

func TestPorts(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"redis", "bind 0.0.0.0\nport 6379\n# port 1\ntls-port 6380\n", "6379/tcp 6380/tcp"},
		{"addresses", "bind 127.0.0.1 ::1\nbind ::1\n", ""},
		{"haproxy", "frontend f\n  bind *:80\n  bind [::]:443 ssl\n  bind :8404\n  bind /run/h.sock\n", "80/tcp 443/tcp 8404/tcp"},
		{"a client's", "[client]\nport = 3307\n[mysqld]\nport = 3306\n", "3306/tcp"},
		{"byte order mark", "\uFEFFport 7\n", "7/tcp"},
		{"redis on a socket only", "port 0\nunixsocket /run/redis.sock\n", ""},
		{"postgres", "listen_addresses = '*'\nport = 5432\t\t\t# (change requires restart)\n", "5432/tcp"},
		{"postgres quoted", "port='5433'", "5433/tcp"},
		{"nginx", "http {\n server {\n  listen 80 default_server;\n  listen [::]:80;\n  listen 443 ssl;\n listen 443 quic;\n listen unix:/run/n.sock;\n }\n}", "80/tcp 443/tcp 443/udp"},
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
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Ports(t.Context(), strings.NewReader(tc.text))
			if err != nil || strings.Join(got, " ") != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestPortsEndsAtAnEndlessLine(t *testing.T) {
	got, err := Ports(t.Context(), strings.NewReader("port 1\n"+strings.Repeat("x", maxLine+1)+"\nport 2\n"))
	if err != nil || len(got) != 1 {
		t.Errorf("got %q, %v", got, err)
	}
}
