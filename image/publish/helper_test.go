package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/mkrootfs/mkrootfs/image"
)

const secret = "hunter2-and-more"

// helpers puts credential helpers into the search path, by suffix.
func helpers(t *testing.T, scripts map[string]string) {
	t.Helper()
	bin := t.TempDir()
	for suffix, script := range scripts {
		name := filepath.Join(bin, "docker-credential-"+suffix)
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
}

func dockerConfig(t *testing.T, content string) (file string) {
	t.Helper()
	noHome(t)
	file = filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json")
	writeFile(t, file, content)
	return file
}

// The output of a helper is never part of an error, and is not reported as an error
// of docker's file.
func TestHelperOutputIsSecret(t *testing.T) {
	helpers(t, map[string]string{
		"fails":   "echo " + secret + "; echo " + secret + " >&2; exit 1",
		"garbage": "echo " + secret,
		"number":  `echo '{"Username":"a","Secret":1234567890}'`,
		"huge":    "yes " + secret,
	})
	for name, want := range map[string]string{
		"fails":   "exit status 1",
		"garbage": "its output is not the JSON of a credential helper",
		"number":  "its output is not the JSON of a credential helper",
		"huge":    "it printed more than 1048576 bytes",
	} {
		file := dockerConfig(t, `{"credsStore":"`+name+`"}`)
		_, err := Push(t.Context(), testImage(t, 10, image.OCI), testTags(t, "registry.invalid/redis:1"), PushOptions{})
		var config *ConfigError
		if !errors.As(err, &config) || config.Helper != "docker-credential-"+name ||
			err.Error() != file+": credential helper docker-credential-"+name+": "+want {
			t.Errorf("%s: got %v", name, err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), "1234567890") {
				t.Errorf("%s: the secret is in %v", name, e)
			}
		}
	}
}

// A helper that hangs ends with the context.
func TestHelperCancelled(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	helpers(t, map[string]string{"hangs": "echo > " + started + "; exec sleep 1000"})
	dockerConfig(t, `{"credsStore":"hangs"}`)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	go func() { os.ReadFile(started); cancel(stop) }()
	_, err := Push(ctx, testImage(t, 10, image.OCI), testTags(t, "registry.invalid/redis:1"), PushOptions{})
	var part *InterruptedError
	if !errors.As(err, &part) || !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// The sources of credentials and their priority.
func TestKeychain(t *testing.T) {
	helpers(t, map[string]string{
		"store": `read s; echo "{\"Username\":\"store\",\"Secret\":\"$s\"}"`,
		"named": `read s; echo "{\"Username\":\"named\",\"Secret\":\"$s\"}"`,
		"token": `echo '{"Username":"<token>","Secret":"t"}'`,
		"none":  `echo credentials not found in native keychain; exit 1`,
	})
	const mine = `"auths":{"reg.example":{"auth":"bWU6c2VjcmV0"}}` // me:secret
	tests := []struct {
		name, config, env, tag string
		want                   authn.AuthConfig
	}{
		{"nothing", ``, "", "reg.example/a:1", authn.AuthConfig{}},
		{"file", `{` + mine + `}`, "", "reg.example/a:1", authn.AuthConfig{Username: "me", Password: "secret"}},
		{
			"legacy file",
			`{"auths":{"https://reg.example/v1/":{"auth":"bWU6c2VjcmV0"}}}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "me", Password: "secret"},
		},
		{"another registry", `{` + mine + `}`, "", "other.example/a:1", authn.AuthConfig{}},
		{
			"repository",
			`{"auths":{"reg.example/a":{"auth":"bWU6c2VjcmV0"}}}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "me", Password: "secret"},
		},
		{
			"tokens",
			`{"auths":{"reg.example":{"identitytoken":"i","registrytoken":"r"}}}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{IdentityToken: "i", RegistryToken: "r"},
		},
		{
			"store",
			`{"credsStore":"store",` + mine + `}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "store", Password: "reg.example/a"},
		},
		{
			"named",
			`{"credsStore":"store","credHelpers":{"reg.example/a":"named"}}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "named", Password: "reg.example/a"},
		},
		{"store without", `{"credsStore":"none",` + mine + `}`, "", "reg.example/a:1", authn.AuthConfig{}},
		{
			"registry's after none",
			`{"credsStore":"none","credHelpers":{"reg.example":"named"}}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "named", Password: "reg.example"},
		},
		{
			"no helper for this one",
			`{"credsStore":"store","credHelpers":{"reg.example/a":"","reg.example":""},` + mine + `}`,
			"",
			"reg.example/a:1",
			authn.AuthConfig{Username: "me", Password: "secret"},
		},
		{"identity token", `{"credsStore":"token"}`, "", "reg.example/a:1", authn.AuthConfig{IdentityToken: "t"}},
		{
			"Docker Hub",
			`{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2VjcmV0"}}}`,
			"",
			"a:1",
			authn.AuthConfig{Username: "me", Password: "secret"},
		},
		{
			"environment",
			`{"credsStore":"store"}`,
			`{"auths":{"reg.example":{"auth":"ZW52OnM="}}}`,
			"reg.example/a:1",
			authn.AuthConfig{Username: "store", Password: "reg.example/a"},
		},
		{
			"environment first",
			`{"credHelpers":{"reg.example":"named"},` + mine + `}`,
			`{"auths":{"reg.example":{"auth":"ZW52OnM="}}}`,
			"reg.example/a:1",
			authn.AuthConfig{Username: "env", Password: "s"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dockerConfig(t, tt.config)
			t.Setenv("DOCKER_AUTH_CONFIG", tt.env)
			repo := testTags(t, tt.tag)[0].Context()
			got, err := fileKeychain{}.Resolve(repo)
			if err != nil {
				t.Fatal(err)
			}
			// The keychain that it replaces returns the same.
			for name, a := range map[string]authn.Authenticator{"ours": got, "authn's": reference(t, repo)} {
				c, err := authn.Authorization(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				c.Auth = ""
				if *c != tt.want {
					t.Errorf("%s: got %+v, want %+v", name, *c, tt.want)
				}
			}
		})
	}
}

func reference(t *testing.T, r authn.Resource) authn.Authenticator {
	t.Helper()
	a, err := authn.DefaultKeychain.Resolve(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Files that cannot be read or are too large are errors with their names. A pipe
// does not block.
func TestConfigFilesBounded(t *testing.T) {
	sparse := func(t *testing.T, name string) {
		t.Helper()
		writeFile(t, name, "")
		if err := os.Truncate(name, 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	fifo := func(t *testing.T, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		make func(*testing.T, string)
		want string
	}{{"1 TB", sparse, "larger than 4 MiB"}, {"FIFO", fifo, "invalid argument"}} {
		t.Run(tt.name, func(t *testing.T) {
			noHome(t)
			dir := os.Getenv("DOCKER_CONFIG")
			file := filepath.Join(dir, "config.json")
			tt.make(t, file)
			_, perr := Push(
				t.Context(),
				testImage(t, 10, image.OCI),
				testTags(t, "registry.invalid/redis:1"),
				PushOptions{},
			)
			_, ferr := Lookup{Getenv: env("DOCKER_CONFIG", dir)}.Find(t.Context())
			for _, err := range []error{perr, ferr} {
				if err == nil || err.Error() != file+": cannot be read: "+tt.want {
					t.Errorf("got %v", err)
				}
			}
			config := t.TempDir()
			ca := writeContext(t, config, "c", "tcp://127.0.0.1:1")
			tt.make(t, filepath.Join(ca, "ca.pem"))
			meta := filepath.Join(
				strings.Replace(filepath.Dir(writeContext(t, config, "m", "x")), "tls", "meta", 1),
				"meta.json",
			)
			if err := os.Remove(meta); err != nil {
				t.Fatal(err)
			}
			tt.make(t, meta)
			for _, name := range []string{"c", "m"} {
				_, err := Lookup{Getenv: env("DOCKER_CONFIG", config, "DOCKER_CONTEXT", name)}.Find(t.Context())
				if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
					t.Errorf("%s: got %v", name, err)
				}
			}
		})
	}
}
