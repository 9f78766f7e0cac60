package dockerflag

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/mkrootfs/mkrootfs/image"
)

// defaultRegistry is the registry of names without one, as engines write it.
var defaultRegistry = strings.TrimPrefix(name.DefaultRegistry, "index.")

// wantError checks err against a part of its text, "" being none.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("unexpected error: %v", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want …%s…", err, want)
	}
}

func TestParsePorts(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"80", "80/tcp", ""},
		{"53/udp 53", "53/udp 53/tcp", ""},
		{"80/TCP 80", "80/tcp", ""},
		{"3868/sctp", "3868/sctp", ""},
		{"8000-8002", "8000/tcp 8001/tcp 8002/tcp", ""},
		{"8000-8001/udp", "8000/udp 8001/udp", ""},
		{"7-7", "7/tcp", ""},
		{"65535", "65535/tcp", ""},
		{"0", "", "from 1 to 65535"},
		{"65536", "", "from 1 to 65535"},
		{"-1", "", "from 1 to 65535"},
		{"+80", "", "from 1 to 65535"},
		{"80-", "", "from 1 to 65535"},
		{"http", "", "from 1 to 65535"},
		{"80:80", "", "from 1 to 65535"},
		{"80/icmp", "", "tcp, udp or sctp"},
		{"80/", "", "tcp, udp or sctp"},
		{"90-80", "", "reversed"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParsePorts(strings.Fields(tt.in)...)
			wantError(t, err, tt.err)
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
	if _, err := ParsePorts(""); err == nil {
		t.Error("no error for an empty port")
	}
}

// All ports of three protocols, two of the protocols twice.
func TestParsePortsMany(t *testing.T) {
	got, err := ParsePorts("1-65535", "1-65535/udp", "1-65535", "1-65535/sctp", "1-65535/udp")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3*65535 || got[65534] != "65535/tcp" || got[65535] != "1/udp" {
		t.Errorf("%d ports", len(got))
	}
}

func BenchmarkParsePorts(b *testing.B) {
	for b.Loop() {
		if _, err := ParsePorts("1-65535", "1-65535/udp", "1-65535", "1-65535/sctp", "1-65535/udp"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParsePlatform(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"linux/amd64", "linux/amd64", ""},
		{"linux/arm/v7", "linux/arm/v7", ""},
		{"linux/arm64/v8", "linux/arm64/v8", ""},
		{"Linux/AMD64", "linux/amd64", ""},
		{"linux/x86_64", "linux/amd64", ""},
		{"linux/aarch64", "linux/arm64", ""},
		{"linux/armhf", "linux/arm/v7", ""},
		{"linux/riscv64", "linux/riscv64", ""},
		{"linux", "", "OS/ARCH"},
		{"", "", "OS/ARCH"},
		{"linux/", "", "OS/ARCH"},
		{"/amd64", "", "OS/ARCH"},
		{"linux/arm/v7/x", "", "OS/ARCH"},
		{"linux/arm/", "", "OS/ARCH"},
		{"windows/amd64", "", "must be linux"},
		{"linux/z80", "", "unknown architecture (386 amd64 arm"},
		{"linux/arm/v9", "", "arm has the variants v5 v6 v7 v8"},
		{"linux/386/v1", "", "386 has no variants"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParsePlatform(tt.in)
			wantError(t, err, tt.err)
			if err == nil && got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseTags(t *testing.T) {
	tests := []struct{ in, familiar, qualified, err string }{
		{"redis:scratch", "redis:scratch", defaultRegistry + "/library/redis:scratch", ""},
		{"redis", "redis:latest", defaultRegistry + "/library/redis:latest", ""},
		{"me/redis:1", "me/redis:1", defaultRegistry + "/me/redis:1", ""},
		{defaultRegistry + "/me/redis:1", defaultRegistry + "/me/redis:1", defaultRegistry + "/me/redis:1", ""},
		{"localhost:5000/redis", "localhost:5000/redis:latest", "localhost:5000/redis:latest", ""},
		{
			"registry.example.org/a/b_c/d--e:V1.0",
			"registry.example.org/a/b_c/d--e:V1.0",
			"registry.example.org/a/b_c/d--e:V1.0",
			"",
		},
		{"latest", "latest:latest", defaultRegistry + "/library/latest:latest", ""},
		{"", "", "", "[REGISTRY/]NAME[:TAG]"},
		{"redis@sha256:" + strings.Repeat("a", 64), "", "", "a digest cannot be given"},
		{"redis:1@sha256:" + strings.Repeat("a", 64), "", "", "a digest cannot be given"},
		{"https://example.org/redis", "", "", "not a URL"},
		{"Redis:1", "", "", "lower case"},
		{"example.org/a/Redis", "", "", "lower case"},
		{"redis:A b", "", "", "tag can only contain"},
		{"redis:", "", "", "after the colon"},
		{"redis:a b", "", "", "tag can only contain"},
		{"redis:.a", "", "", "does not begin with . or -"},
		{"red..is", "", "", "words of lower-case letters"},
		{"-redis", "", "", "words of lower-case letters"},
		{"r*g.example.org/a", "", "", "HOST or HOST:PORT"},
		{"a.example\x88.org/a", "", "", "HOST or HOST:PORT"},
		{"-a.example.org/a", "", "", "HOST or HOST:PORT"},
		{"[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest", ""},
		{"a//b", "", "", "words of lower-case letters"},
		{"redis:" + strings.Repeat("a", 129), "", "", "128"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseTags(tt.in)
			wantError(t, err, tt.err)
			if err != nil {
				return
			}
			if image.Familiar(got[0]) != tt.familiar || image.Qualified(got[0]) != tt.qualified {
				t.Errorf(
					"got %s and %s, want %s and %s",
					image.Familiar(got[0]),
					image.Qualified(got[0]),
					tt.familiar,
					tt.qualified,
				)
			}
		})
	}
	if got, _ := ParseTags("redis", "redis:latest", defaultRegistry+"/library/redis", "redis:2"); len(got) != 2 {
		t.Errorf("same names counted twice: %v", got)
	}
}

func TestParseStopSignal(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{"SIGTERM", "SIGTERM", ""},
		{"term", "SIGTERM", ""},
		{"sigquit", "SIGQUIT", ""},
		{"15", "15", ""},
		{"09", "9", ""},
		{"SIGRTMIN+3", "SIGRTMIN+3", ""},
		{"rtmax-14", "SIGRTMAX-14", ""},
		{"SIGRTMIN", "SIGRTMIN", ""},
		{"SIGRTMIN+16", "", "must be a name"},
		{"SIGRTMIN+03", "", "must be a name"},
		{"RTMAX-15", "", "must be a name"},
		{"0", "", "from 1 to 64"},
		{"65", "", "from 1 to 64"},
		{"-9", "", "from 1 to 64"},
		{"SIGFOO", "", "must be a name"},
		{"SIG", "", "must be a name"},
		{"", "", "must be a name"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseStopSignal(tt.in)
			wantError(t, err, tt.err)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseCommand(t *testing.T) {
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{"", []string{}, ""},
		{"  ", []string{}, ""},
		{"[]", []string{}, ""},
		{"redis-server --port 0", []string{"redis-server", "--port", "0"}, ""},
		{`sh -c "echo 'a  b'" \$x`, []string{"sh", "-c", "echo 'a  b'", "$x"}, ""},
		{`a "" b`, []string{"a", "", "b"}, ""},
		{"$HOME *", []string{"$HOME", "*"}, ""},
		{`["a b", "c,d", ""]`, []string{"a b", "c,d", ""}, ""},
		{` ["a"]`, []string{"a"}, ""},
		{`[ -f x ]`, nil, "JSON array of strings"},
		{`["a", 1]`, nil, "JSON array of strings"},
		{`["a", null]`, nil, "null is not a string"},
		{`["a"] b`, nil, "JSON array of strings"},
		{`a "b`, nil, "unterminated double-quoted string"},
		{`a 'b`, nil, "unterminated single-quoted string"},
		{`a \`, nil, "unterminated backslash"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseCommand(tt.in)
			wantError(t, err, tt.err)
			if !slices.Equal(got, tt.want) || err == nil && got == nil {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestParseEnv(t *testing.T) {
	host := map[string]string{"HOST": "h=1", "EMPTY": ""}
	lookup := func(k string) (string, bool) { v, ok := host[k]; return v, ok }
	tests := []struct {
		name     string
		in, want []string
		err      string
	}{
		{"order", []string{"B=1", "A=2=3", "C="}, []string{"B=1", "A=2=3", "C="}, ""},
		{"inherit", []string{"HOST", "EMPTY", "UNSET"}, []string{"HOST=h=1", "EMPTY="}, ""},
		{"last wins in the first's place", []string{"A=1", "B=2", "A=3"}, []string{"A=3", "B=2"}, ""},
		{"unset leaves an earlier one", []string{"UNSET=1", "UNSET"}, []string{"UNSET=1"}, ""},
		{"no name", []string{"=1"}, nil, "must be NAME=VALUE"},
		{"empty", []string{""}, nil, "must be NAME=VALUE"},
		{"NUL", []string{"A=\x00"}, nil, "NUL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseEnv(tt.in, lookup)
			wantError(t, err, tt.err)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadEnvFile(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		err      string
	}{
		{"plain", "A=1\nB=2\n", []string{"A=1", "B=2"}, ""},
		{"no newline at the end", "A=1", []string{"A=1"}, ""},
		{"comments and blanks", "# c\n\n  # d\n \t\nA=1 # not a comment\n", []string{"A=1 # not a comment"}, ""},
		{"white space", " \tA= 1 \n", []string{"A= 1 "}, ""},
		{"quotes stay", `A="1"`, []string{`A="1"`}, ""},
		{"bare", "HOST\n", []string{"HOST"}, ""},
		{"BOM", "\uFEFFA=1\n", []string{"A=1"}, ""},
		{"CRLF", "A=1\r\n", []string{"A=1"}, ""},
		{"space in the name", "A=1\nB C=1\n", nil, `file:2: name "B C" contains white space`},
		{"no name", "=1\n", nil, "file:1: "},
		{"not UTF-8", "A=\xff\n", nil, "file:1: not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadEnvFile(strings.NewReader(tt.in), "file")
			wantError(t, err, tt.err)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseLabelsAndAnnotations(t *testing.T) {
	labels, err := ParseLabels("a=1", "b=x=y", "c", "a=2")
	wantError(t, err, "")
	if len(labels) != 3 || labels["a"] != "2" || labels["b"] != "x=y" || labels["c"] != "" {
		t.Errorf("labels %v", labels)
	}
	for _, bad := range []string{"", "=1", " a=1"} {
		_, err := ParseLabels(bad)
		wantError(t, err, "must be NAME=VALUE")
	}
	annotations, err := ParseAnnotations("a=1")
	wantError(t, err, "")
	if annotations["a"] != "1" {
		t.Errorf("annotations %v", annotations)
	}
	for _, bad := range []string{"", "=1", "a"} {
		_, err := ParseAnnotations(bad)
		wantError(t, err, "must be NAME=VALUE")
	}
}

func TestParseUser(t *testing.T) {
	tests := []struct{ in, user, group, err string }{
		{"redis", "redis", "", ""},
		{"1000", "1000", "", ""},
		{"redis:redis", "redis", "redis", ""},
		{"0:0", "0", "0", ""},
		{"www-data", "www-data", "", ""},
		{"2147483647", "2147483647", "", ""},
		{"2147483648", "", "", "ids must be from 0 to 2147483647"},
		{"99999999999999999999", "", "", "ids must be from 0"},
		{"1:2147483648", "", "", "group: ids must be from 0"},
		{"", "", "", "NAME|UID"},
		{":0", "", "", "NAME|UID"},
		{"a:", "", "", "nothing after the colon"},
		{"a:b:c", "", "", "NAME|UID"},
		{"a b", "", "", "NAME|UID"},
		{"-1", "", "", "NAME|UID"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			user, group, err := ParseUser(tt.in)
			wantError(t, err, tt.err)
			if user != tt.user || group != tt.group {
				t.Errorf("got %q, %q, want %q, %q", user, group, tt.user, tt.group)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	tests := []struct {
		name string
		in   Health
		want []string
		err  string
	}{
		{"nothing", Health{}, nil, ""},
		{
			"words",
			Health{Command: "redis-cli ping", Interval: 1e9, Retries: 2},
			[]string{"CMD", "redis-cli", "ping"},
			"",
		},
		{"array", Health{Command: `["redis-cli","ping"]`}, []string{"CMD", "redis-cli", "ping"}, ""},
		{"a test", Health{Command: `["CMD-SHELL","redis-cli ping"]`}, []string{"CMD-SHELL", "redis-cli ping"}, ""},
		{"none", Health{Command: "NONE"}, []string{"NONE"}, ""},
		{"no command", Health{Interval: 1e9}, nil, "without a command"},
		{"short", Health{Command: "x", Timeout: 1000}, nil, "health timeout 1µs: must be 0 or at least 1ms"},
		{"negative", Health{Command: "x", StartPeriod: -1e9}, nil, "health start period -1s"},
		{"retries", Health{Command: "x", Retries: -1}, nil, "must not be negative"},
		{"quotes", Health{Command: "'x"}, nil, "health command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.in.Config()
			wantError(t, err, tt.err)
			if (got == nil) != (tt.want == nil) || got != nil && !slices.Equal(got.Test, tt.want) {
				t.Errorf("got %+v, want %v", got, tt.want)
			}
			if got != nil && (got.Interval != tt.in.Interval || got.Retries != tt.in.Retries) {
				t.Errorf("got %+v for %+v", got, tt.in)
			}
		})
	}
}

// An array with bytes that JSON cannot represent is refused.
func TestParseCommandText(t *testing.T) {
	const latin1 = "caf\xe9"
	_, err := ParseCommand(`["/bin/x", "` + latin1 + `"]`)
	wantError(t, err, "not UTF-8, which an image configuration requires")
	words, err := ParseCommand("/bin/x " + latin1)
	if err != nil || len(words) != 2 || words[1] != latin1 {
		t.Errorf("got %q, %v", words, err)
	}
}
