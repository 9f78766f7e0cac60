package publish

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// ConfigError says why docker's config.json, or the file of podman that takes
// its place, cannot be used.
type ConfigError struct {
	Path string
	// Helper is the program that the file names for credentials and that
	// failed or is not installed, such as docker-credential-pass; "" when the
	// file itself is at fault.
	Helper string
	Err    error
}

func (e *ConfigError) Error() string {
	if e.Helper != "" {
		return e.Path + ": credential helper " + e.Helper + ": " + oneLine(e.Err)
	}
	return e.Path + ": cannot be read: " + oneLine(e.Err)
}

func (e *ConfigError) Unwrap() error { return e.Err }

// fileKeychain is authn.DefaultKeychain, whose errors do not all say which file
// they are about.
type fileKeychain struct{ authn.Keychain }

// Resolve returns the credentials for r. Errors are a *ConfigError.
func (k fileKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	auth, err := k.Keychain.Resolve(r)
	if err == nil {
		return auth, nil
	}
	e := &ConfigError{Path: credentialsFile(), Err: bare(err)}
	// Its helper's failures come as text (docker-credential-helpers, client.Get).
	if text, ok := strings.CutPrefix(err.Error(), "error getting credentials - err: "); ok {
		e.Helper = helper(e.Path, r, text)
		text = strings.TrimSuffix(text, ", out: ``")
		e.Err = errors.New(strings.TrimPrefix(text, `exec: "`+e.Helper+`": `))
	}
	return nil, e
}

// bare returns err without the file's name, and without what docker's own
// package puts around it (docker/cli, config.Load).
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	if strings.HasPrefix(err.Error(), "parsing config file (") {
		return cmp.Or(errors.Unwrap(err), err)
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

func isFile(name string) bool {
	fi, err := os.Stat(name)
	return err == nil && !fi.IsDir()
}

// helper returns the program that file names for r, the one that text mentions
// where there are two: one for the registry and one for all others.
func helper(file string, r authn.Resource, text string) string {
	var config struct {
		All   string            `json:"credsStore"`
		Named map[string]string `json:"credHelpers"`
	}
	b, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(b, &config) != nil {
		return "docker-credential-*"
	}
	first := ""
	for _, key := range []string{r.String(), r.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey
		}
		program := "docker-credential-" + cmp.Or(config.Named[key], config.All)
		if strings.Contains(text, `"`+program+`"`) {
			return program
		}
		first = cmp.Or(first, program)
	}
	return first
}
