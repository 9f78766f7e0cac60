package publish

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mkrootfs/mkrootfs/image"
)

func TestReasonOfConnections(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Get", URL: "x", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for _, tt := range []struct {
		err  error
		want Reason
	}{
		{os.NewSyscallError("connect", syscall.ECONNREFUSED), Refused},
		{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}, Unreachable},
		{os.NewSyscallError("connect", syscall.EHOSTUNREACH), Unreachable},
		{os.NewSyscallError("connect", syscall.ENETUNREACH), Unreachable},
		{os.NewSyscallError("connect", syscall.ETIMEDOUT), Unreachable},
		{errors.New("odd"), Other},
	} {
		if got := reasonOf(dial(tt.err)); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

// An error of the credentials names the file of the credentials, not the registry.
func TestPushBadConfig(t *testing.T) {
	const reg = "registry.example.org"
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	script := "#!/bin/sh\necho 'it is locked'\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-locked"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	none := "#!/bin/sh\necho 'credentials not found in native keychain'\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-none"), []byte(none), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, content, helper, want string
	}{
		{"broken", `{"auths":`, "", "cannot be read: unexpected EOF"},
		{"no JSON", `auths`, "", "cannot be read: invalid character 'a' looking for beginning of value"},
		{
			"bad auth",
			`{"auths":{"` + reg + `":{"auth":"$"}}}`,
			"",
			"cannot be read: illegal base64 data at input byte 0",
		},
		{
			"no helper", `{"credsStore":"gone"}`, "docker-credential-gone",
			"credential helper docker-credential-gone: executable file not found in $PATH",
		},
		{
			"no helper for the registry", `{"credsStore":"none","credHelpers":{"` + reg + `":"gone"}}`, "docker-credential-gone",
			"credential helper docker-credential-gone: executable file not found in $PATH",
		},
		{
			"helper fails", `{"credsStore":"locked"}`, "docker-credential-locked",
			"credential helper docker-credential-locked: exit status 1",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			noHome(t)
			file := filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json")
			writeFile(t, file, tt.content)
			_, err := Push(t.Context(), testImage(t, 10, image.OCI), testTags(t, reg+"/a/redis:1"), PushOptions{})
			var config *ConfigError
			if !errors.As(err, &config) || config.Path != file || config.Helper != tt.helper ||
				err.Error() != file+": "+tt.want {
				t.Errorf("got  %v\nwant %s: %s", err, file, tt.want)
			}
		})
	}
}

// Podman's files are used as well.
func TestCredentialsFile(t *testing.T) {
	noHome(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	docker := filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json")
	if got := credentialsFile(); got != docker {
		t.Errorf("without any: %s, want %s", got, docker)
	}
	for _, file := range []string{ // each before the one above it
		filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "containers/auth.json"),
		filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "containers/auth.json"),
		filepath.Join(os.Getenv("REGISTRY_AUTH_FILE"), "auth.json"),
		docker,
	} {
		writeFile(t, file, "{")
		if strings.HasSuffix(filepath.Dir(file), filepath.Base(os.Getenv("REGISTRY_AUTH_FILE"))) {
			t.Setenv("REGISTRY_AUTH_FILE", file)
		}
		if got := credentialsFile(); got != file {
			t.Errorf("%s, want %s", got, file)
		}
		_, err := fileKeychain{}.Resolve(testTags(t, "example.org/a:1")[0].Context())
		wanted := file + ": cannot be read: unexpected EOF"
		if err == nil || err.Error() != wanted {
			t.Errorf("got %v, want %s", err, wanted)
		}
	}
}

func TestFindBadContext(t *testing.T) {
	config := t.TempDir()
	file := filepath.Join(config, "config.json")
	writeContext(t, config, "hostless", "")
	broken := filepath.Dir(writeContext(t, config, "broken", ""))
	broken = filepath.Join(strings.Replace(broken, "tls", "meta", 1), "meta.json")
	writeFile(t, broken, "{")
	chosen := func(name string) string { return `{"currentContext":"` + name + `"}` }
	tests := []struct {
		name, content, env, path, want string
		isGone                         bool
	}{
		{
			"unknown",
			"",
			"gone",
			filepath.Join(config, "contexts/meta"),
			`docker context "gone" (DOCKER_CONTEXT): no such context`,
			true,
		},
		{
			"unknown current",
			chosen("gone"),
			"",
			file,
			`docker context "gone" (currentContext): no such context`,
			true,
		},
		{
			"broken",
			chosen("broken"),
			"",
			broken,
			`docker context "broken" (currentContext): unexpected end of JSON input`,
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			writeFile(t, file, tt.content)
			_, err := Lookup{Getenv: env("DOCKER_CONFIG", config, "DOCKER_CONTEXT", tt.env)}.Find(t.Context())
			var ce *ContextError
			if !errors.As(err, &ce) || ce.Path != tt.path || errors.Is(err, fs.ErrNotExist) != tt.isGone ||
				err.Error() != tt.path+": "+tt.want {
				t.Errorf("got  %v\nwant %s: %s", err, tt.path, tt.want)
			}
		})
	}
	t.Run("broken configuration", func(t *testing.T) {
		writeFile(t, file, "{")
		_, err := Lookup{Getenv: env("DOCKER_CONFIG", config)}.Find(t.Context())
		var ce *ConfigError
		if !errors.As(err, &ce) || ce.Path != file ||
			err.Error() != file+": cannot be read: unexpected end of JSON input" {
			t.Errorf("got %v", err)
		}
	})
}

// With an empty configuration, or one without a context, the usual sockets are tried.
func TestFindWithoutContext(t *testing.T) {
	config := t.TempDir()
	socket := fakeEngine(t, nil)
	for _, content := range []string{"", "{}", `{"currentContext":"default"}`} {
		writeFile(t, filepath.Join(config, "config.json"), content)
		if _, err := (Lookup{Getenv: env("DOCKER_CONFIG", config), Sockets: []string{socket}}).Find(
			t.Context(),
		); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}
