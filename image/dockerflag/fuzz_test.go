package dockerflag

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kballard/go-shellquote"

	"github.com/mkrootfs/mkrootfs/image"
)

// Environment files and the variables that they give.
func FuzzEnv(f *testing.F) {
	for _, s := range []string{"A=1\nB=2\n", "\uFEFFHOST\n# c\n \t\nA= 1 \r\n", "=1\n", "B C=1", "A=\xff", "A=\x00", "A\x00=1\nUNSET", "A=1\nA=2\nA"} {
		f.Add([]byte(s))
	}
	lookup := func(k string) (string, bool) { return "of the host", k != "UNSET" }
	f.Fuzz(func(t *testing.T, data []byte) {
		values, err := ReadEnvFile(strings.NewReader(string(data)), "file")
		if err != nil {
			return
		}
		env, err := ParseEnv(values, lookup)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, v := range env {
			key, _, ok := strings.Cut(v, "=")
			if !ok || key == "" || seen[key] || strings.ContainsAny(v, "\x00\n") || !utf8.ValidString(v) {
				t.Errorf("%q of %q", v, data)
			}
			seen[key] = true
		}
	})
}

// Commands in the syntax of a shell, and JSON arrays.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"", "redis-server --port 0", `sh -c "echo 'a  b'" \$x`, `a 'b`, `a \`, `["a b","c,d",""]`, `["a",null]`, ` [`, "[\"\xff\"]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words, err := ParseCommand(s)
		if err != nil {
			return
		}
		if words == nil {
			t.Fatalf("%q: nil", s)
		}
		if quoted := shellquote.Join(words...); !strings.HasPrefix(quoted, "[") {
			again, err := ParseCommand(quoted)
			if err != nil || strings.Join(again, "\x00") != strings.Join(words, "\x00") {
				t.Errorf("%q: %q, then %q, %v", s, words, again, err)
			}
		}
	})
}

func FuzzPorts(f *testing.F) {
	for _, s := range []string{"80", "53/udp", "8000-8010/TCP", "-1", "+80", "80/", "90-80", "65536", "0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, last, _, err := parsePort(s)
		if err != nil || last-first > 100 { // long lists take long, and are no different
			return
		}
		ports, err := ParsePorts(s, s)
		if err != nil || len(ports) != last-first+1 || first < 1 || last > 65535 {
			t.Fatalf("%q: %q, %v", s, ports, err)
		}
		again, err := ParsePorts(ports...)
		if err != nil || strings.Join(again, " ") != strings.Join(ports, " ") {
			t.Errorf("%q: %q, then %q, %v", s, ports, again, err)
		}
	})
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{"redis", "me/redis:1", "localhost:5000/redis", "[::1]:5000/a:b", "registry.example.org/a/b_c/d--e:V1.0", "a@sha256:b", "https://a", "A:1", "a:.b", "r*g.exa\x88ple.org/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tags, err := ParseTags(s)
		if err != nil {
			return
		}
		full := image.Qualified(tags[0])
		again, err := ParseTags(full, image.Familiar(tags[0]))
		if err != nil || len(again) != 1 || image.Qualified(again[0]) != full {
			t.Errorf("%q: %q, then %v, %v", s, full, again, err)
		}
		if strings.ContainsFunc(full, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q: %q", s, full)
		}
	})
}

func FuzzUser(f *testing.F) {
	for _, s := range []string{"redis", "1000:1000", "a:", ":0", "-1", "2147483648", "a b", "a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		user, group, err := ParseUser(s)
		if err != nil {
			return
		}
		whole := user
		if group != "" {
			whole += ":" + group
		}
		if whole != s || strings.ContainsAny(s, "\n \t/,") || user == "" {
			t.Errorf("%q: %q, %q", s, user, group)
		}
	})
}

func FuzzPlatform(f *testing.F) {
	for _, s := range []string{"linux/amd64", "Linux/ARM/v7", "linux/aarch64", "linux/armhf/v6", "linux/", "windows/amd64"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePlatform(s)
		if err != nil {
			return
		}
		again, err := ParsePlatform(p.String())
		if err != nil || !again.Equals(p) {
			t.Errorf("%q: %v, then %v, %v", s, p, again, err)
		}
	})
}

func FuzzHealth(f *testing.F) {
	f.Add("redis-cli ping", int64(time.Second), int64(0), 3)
	f.Add(`["CMD-SHELL","x"]`, int64(1), int64(-1), -1)
	f.Add("NONE", int64(0), int64(0), 0)
	f.Fuzz(func(t *testing.T, command string, interval, timeout int64, retries int) {
		h := Health{
			Command:  command,
			Interval: time.Duration(interval),
			Timeout:  time.Duration(timeout),
			Retries:  retries,
		}
		c, err := h.Config()
		if err != nil || h == (Health{}) {
			return
		}
		if len(c.Test) == 0 || c.Retries < 0 || c.Interval != 0 && c.Interval < minHealth ||
			c.Timeout != 0 && c.Timeout < minHealth {
			t.Errorf("%+v: %+v", h, c)
		}
		switch c.Test[0] {
		case "CMD", "CMD-SHELL", "NONE":
		default:
			t.Errorf("%+v: %q", h, c.Test)
		}
	})
}
