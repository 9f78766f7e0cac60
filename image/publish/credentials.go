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

// ConfigError reports that docker's config.json, or podman's file for credentials,
// cannot be used.
type ConfigError struct {
	Path string
	// Helper is the credential helper of the file that failed or is not
	// installed, such as docker-credential-pass; "" if the error is about the
	// file itself.
	Helper string
	Err    error // never holds what a helper printed
}

// Error returns the path, the helper if it failed, and the cause.
func (e *ConfigError) Error() string {
	if e.Helper != "" {
		return e.Path + ": credential helper " + e.Helper + ": " + oneLine(e.Err)
	}
	return e.Path + ": cannot be read: " + oneLine(e.Err)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// fileKeychain finds credentials where authn.DefaultKeychain does: in the
// environment variable DOCKER_AUTH_CONFIG, by the credential helpers that docker's
// or podman's file names, and in that file. authn.DefaultKeychain itself reads the
// file and the output of a helper without a limit, executes helpers without a
// context, and has their output in its errors.
type fileKeychain struct{}

// Resolve returns the credentials for r. Errors are a *ConfigError.
func (k fileKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext is Resolve with a context that ends the helpers.
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

// credentialStore is the content of a file with credentials.
type credentialStore struct {
	path    string
	file    *configfile.ConfigFile // without its helpers, which docker's package would run
	helpers map[string]string      // by registry
	common  string                 // the helper of all other registries
}

// readCredentials reads the file; a file that does not exist has no credentials.
func readCredentials(path string) (*credentialStore, error) {
	data, err := bounded.ReadHostFile(path, bounded.Config)
	if err != nil && !sysroot.IsAbsent(err) {
		return nil, err
	}
	return parseCredentials(path, data)
}

// parseCredentials parses the content of the file; an empty file has no credentials.
func parseCredentials(path string, data []byte) (*credentialStore, error) {
	file, err := config.LoadFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &credentialStore{path: path, file: file, helpers: file.CredentialHelpers, common: file.CredentialsStore}
	file.CredentialHelpers, file.CredentialsStore = nil, ""
	return s, nil
}

// find returns the credentials for key, the zero value if there are none. Errors
// are a *ConfigError.
func (s *credentialStore) find(ctx context.Context, key string) (types.AuthConfig, error) {
	// With an empty file this returns DOCKER_AUTH_CONFIG, which has priority.
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

// unaddressed returns a without the address by which it was found.
func unaddressed(a types.AuthConfig) types.AuthConfig {
	a.ServerAddress = ""
	return a
}

// helper returns the credential helper for key, "" if the file names none
// (docker/cli, configfile.getConfiguredCredentialStore).
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

// ask returns base with the credentials that helper has for key (docker/cli,
// credentials, nativeStore.Get). Package credhelper limits the time and the output
// of the helper, which docker's package does not.
func (s *credentialStore) ask(
	ctx context.Context, helper, key string, base types.AuthConfig,
) (types.AuthConfig, error) {
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

// bare returns err without the name of the file.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// credentialsFile returns the file that authn.DefaultKeychain reads: docker's if it
// exists, else podman's.
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
	configDir := cmp.Or(os.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config"))
	podman = append(podman, filepath.Join(configDir, "containers", "auth.json"))
	for _, p := range podman {
		if !isThere && isFile(p) {
			return p
		}
	}
	return docker
}

// isFile reports whether name exists and is not a directory, also if that cannot be
// found out: the error of reading it then says why.
func isFile(name string) bool {
	fi, err := os.Stat(name)
	if err != nil {
		return name != "" && !sysroot.IsAbsent(err)
	}
	return !fi.IsDir()
}
