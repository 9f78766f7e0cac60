package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// currentContext returns the context that `docker context use` chose, "" where
// there is none. A configuration that cannot be read chooses none.
func (l Lookup) currentContext() string {
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	b, err := os.ReadFile(filepath.Join(l.dockerConfig(), "config.json"))
	if err != nil || json.Unmarshal(b, &config) != nil {
		return ""
	}
	return config.CurrentContext
}

// context returns the engine of a docker context, nil for the default one,
// which is not stored. Its description is in contexts/meta, its certificates
// are in contexts/tls, each in a directory named after the SHA-256 of the
// context's name (docker/cli, cli/context/store, doc.go).
func (l Lookup) context(name string) ([]endpoint, error) {
	if name == "" || name == "default" {
		return nil, nil
	}
	id := sha256.Sum256([]byte(name))
	dir := hex.EncodeToString(id[:])
	contexts := filepath.Join(l.dockerConfig(), "contexts")
	file := filepath.Join(contexts, "meta", dir, "meta.json")
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("docker context %q: there is none of this name", name)
	}
	if err != nil {
		return nil, fmt.Errorf("docker context %q: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(b, &meta); err != nil {
		return nil, fmt.Errorf("docker context %q: %s: %w", name, file, err)
	}
	d, ok := meta.Endpoints["docker"]
	if !ok || d.Host == "" {
		return nil, fmt.Errorf("docker context %q: names no docker engine", name)
	}
	e := endpoint{host: d.Host, source: "docker context " + name, skipVerify: d.SkipTLSVerify}
	certs := filepath.Join(contexts, "tls", dir, "docker")
	if fi, err := os.Stat(certs); err == nil && fi.IsDir() {
		e.tls, e.certs = true, certs
	}
	return []endpoint{e}, nil
}
