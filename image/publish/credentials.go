package publish

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/credhelper"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ConfigError says why docker's config.json, or the file of podman that takes
// its place, cannot be used.
type ConfigError struct {
	Path string
	// Helper is the program that the file names for credentials and that
	// failed or is not installed, such as docker-credential-pass; "" when the
	// file itself is at fault.
	Helper string
	Err    error // never holds what a helper printed
}

func (e *ConfigError) Error() string {
	if e.Helper != "" {
		return e.Path + ": credential helper " + e.Helper + ": " + oneLine(e.Err)
	}
	return e.Path + ": cannot be read: " + oneLine(e.Err)
}

func (e *ConfigError) Unwrap() error { return e.Err }

// fileKeychain finds credentials where authn.DefaultKeychain does: in the
// environment variable DOCKER_AUTH_CONFIG, by the credential helpers that
// docker's or podman's file names, in the file itself. It is there because
// authn.DefaultKeychain reads the file and a helper's output without a limit,
// runs helpers without a context, and repeats their output in its errors.
type fileKeychain struct{}

// Resolve returns the credentials for r. Errors are a *ConfigError.
func (k fileKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext is Resolve whose helpers end with ctx.
func (fileKeychain) ResolveContext(ctx context.Context, r authn.Resource) (authn.Authenticator, error) {
	path := credentialsFile()
	stored, err := readCredentials(path)
	if err != nil {
		return nil, &ConfigError{Path: path, Err: bare(err)}
	}
	for _, key := range []string{r.String(), r.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey
		}
		found, err := stored.find(ctx, key)
		if err != nil {
			return nil, err
		}
		if found != (types.AuthConfig{}) {
			return authn.FromConfig(authn.AuthConfig{
				Username: found.Username, Password: found.Password, Auth: found.Auth,
				IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
			}), nil
		}
	}
	return authn.Anonymous, nil
}

// credentialStore is what a file says about credentials.
type credentialStore struct {
	path    string
	file    *configfile.ConfigFile // without its helpers, which docker's package would run
	helpers map[string]string      // by registry
	common  string                 // the helper of all other registries
}

// readCredentials reads the file; one that is not there holds nothing.
func readCredentials(path string) (*credentialStore, error) {
	data, err := bounded.ReadHostFile(path, bounded.Config)
	if err != nil && !sysroot.IsAbsent(err) {
		return nil, err
	}
	return parseCredentials(path, data)
}

// parseCredentials takes the content of the file; empty content holds nothing.
func parseCredentials(path string, data []byte) (*credentialStore, error) {
	file, err := config.LoadFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &credentialStore{path: path, file: file, helpers: file.CredentialHelpers, common: file.CredentialsStore}
	file.CredentialHelpers, file.CredentialsStore = nil, ""
	return s, nil
}

// find returns what is stored under key, zero when there is nothing. Errors are
// a *ConfigError.
func (s *credentialStore) find(ctx context.Context, key string) (types.AuthConfig, error) {
	// An empty file leaves what DOCKER_AUTH_CONFIG says, which goes first.
	found, err := configfile.New("").GetAuthConfig(key)
	if err == nil && unaddressed(found) == (types.AuthConfig{}) {
		found, err = s.file.GetAuthConfig(key)
		if helper := s.helper(key); err == nil && helper != "" {
			return s.ask(ctx, helper, key, unaddressed(found))
		}
	}
	if err != nil {
		return types.AuthConfig{}, &ConfigError{Path: s.path, Err: err}
	}
	return unaddressed(found), nil
}

// unaddressed returns a without the address that it was found by.
func unaddressed(a types.AuthConfig) types.AuthConfig {
	a.ServerAddress = ""
	return a
}

// helper returns the program that the file names for key, "" when it names
// none (docker/cli, configfile.getConfiguredCredentialStore).
func (s *credentialStore) helper(key string) string {
	suffix, ok := s.helpers[key]
	if !ok {
		suffix = s.common
	}
	if suffix == "" {
		return ""
	}
	return "docker-credential-" + suffix
}

// ask returns base with what helper has for key in the place of its own (docker/cli,
// credentials, nativeStore.Get).
func (s *credentialStore) ask(ctx context.Context, helper, key string, base types.AuthConfig) (types.AuthConfig, error) {
	got, err := credhelper.Get(ctx, helper, key)
	if err != nil {
		return base, &ConfigError{Path: s.path, Helper: helper, Err: err}
	}
	base.Username, base.Password, base.IdentityToken = "", "", ""
	switch {
	case got == nil:
	case got.Username == "<token>":
		base.IdentityToken = got.Secret
	default:
		base.Username, base.Password = got.Username, got.Secret
	}
	return base, nil
}

// bare returns err without the file's name.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// credentialsFile returns the file that authn.DefaultKeychain reads: docker's
// if there is one, else podman's.
func credentialsFile() string {
	home, _ := os.UserHomeDir()
	docker := filepath.Join(home, ".docker", "config.json")
	isThere := home != "" && isFile(docker)
	if d := os.Getenv("DOCKER_CONFIG"); d != "" {
		docker = filepath.Join(d, "config.json")
		isThere = isThere || isFile(docker)
	}
	podman := []string{os.Getenv("REGISTRY_AUTH_FILE")}
	if d := os.Getenv("XDG_RUNTIME_DIR"); d != "" {
		podman = append(podman, filepath.Join(d, "containers", "auth.json"))
	}
	podman = append(podman, filepath.Join(cmp.Or(os.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "containers", "auth.json"))
	for _, p := range podman {
		if !isThere && isFile(p) {
			return p
		}
	}
	return docker
}

// isFile reports whether something but a directory is there. What cannot be
// looked at is: reading it will say why not.
func isFile(name string) bool {
	fi, err := os.Stat(name)
	if err != nil {
		return name != "" && !sysroot.IsAbsent(err)
	}
	return !fi.IsDir()
}
