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

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ContextError says why a docker context leads to no engine.
type ContextError struct {
	Path   string // the file at fault; for a context that is not there, the one that chose it, or where contexts are
	Name   string
	Source string // what chose it: DOCKER_CONTEXT, or currentContext of docker's configuration
	Err    error  // fs.ErrNotExist when there is no context of this name
}

func (e *ContextError) Error() string {
	text := oneLine(e.Err)
	if errors.Is(e.Err, fs.ErrNotExist) {
		text = "there is none of this name"
	}
	return fmt.Sprintf("%s: docker context %q (%s): %s", e.Path, e.Name, e.Source, text)
}

func (e *ContextError) Unwrap() error { return e.Err }

// currentContext returns the context that `docker context use` chose, "" where
// there is none. A configuration that is there and cannot be read is a
// *ConfigError: docker warns and goes on with its default engine, but an image
// should not turn up where nobody meant it to.
func (l Lookup) currentContext() (string, error) {
	file := l.configFile()
	b, err := bounded.ReadHostFile(file, bounded.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var name string
	if err == nil {
		name, err = parseCurrentContext(b)
	}
	if err != nil {
		return "", &ConfigError{Path: file, Err: bare(err)}
	}
	return name, nil
}

// parseCurrentContext takes the content of docker's configuration, of which
// docker takes an empty one for none.
func parseCurrentContext(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	err := json.Unmarshal(b, &config)
	return config.CurrentContext, err
}

// context returns the engine of a docker context, nil for the default one,
// which is not stored. Its description is in contexts/meta, its certificates
// are in contexts/tls, each in a directory named after the SHA-256 of the
// context's name (docker/cli, cli/context/store, doc.go). Errors are a
// *ContextError that says what chose the context.
func (l Lookup) context(name, source string) ([]endpoint, error) {
	if name == "" || name == "default" {
		return nil, nil
	}
	id := sha256.Sum256([]byte(name))
	dir := hex.EncodeToString(id[:])
	contexts := filepath.Join(l.dockerConfig(), "contexts")
	file := filepath.Join(contexts, "meta", dir, "meta.json")
	fail := func(at string, err error) ([]endpoint, error) {
		return nil, &ContextError{Path: at, Name: name, Source: source, Err: err}
	}
	b, err := bounded.ReadHostFile(file, bounded.Config)
	switch {
	case errors.Is(err, fs.ErrNotExist) && source == chosenByFile:
		return fail(l.configFile(), fs.ErrNotExist)
	case errors.Is(err, fs.ErrNotExist):
		return fail(filepath.Join(contexts, "meta"), fs.ErrNotExist)
	case err != nil:
		return fail(file, bare(err))
	}
	e, err := parseContext(b)
	if err != nil {
		return fail(file, err)
	}
	e.source = "docker context " + name
	certs := filepath.Join(contexts, "tls", dir, "docker")
	fi, err := os.Stat(certs)
	switch {
	case err == nil && fi.IsDir():
		e.tls, e.certs = true, certs
	case err != nil && !sysroot.IsAbsent(err): // without them the engine would be spoken to in the clear
		return fail(certs, bare(err))
	}
	return []endpoint{e}, nil
}

// parseContext takes the content of a context's meta.json.
func parseContext(b []byte) (endpoint, error) {
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(b, &meta); err != nil {
		return endpoint{}, err
	}
	d, ok := meta.Endpoints["docker"]
	if !ok || d.Host == "" {
		return endpoint{}, errors.New("names no docker engine")
	}
	return endpoint{host: d.Host, skipVerify: d.SkipTLSVerify}, nil
}
