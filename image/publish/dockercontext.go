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

	"github.com/docker/cli/cli/config/configfile"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ContextError reports a docker context that does not lead to an engine.
type ContextError struct {
	// Path is the file that the error is about. For a context that does not exist
	// it is the file that chose it, or the directory of the contexts.
	Path   string
	Name   string // of the context
	Source string // what chose it: DOCKER_CONTEXT, or currentContext of docker's configuration
	Err    error  // fs.ErrNotExist if there is no context of this name
}

// Error returns the path, the name of the context, what chose it, and the cause.
func (e *ContextError) Error() string {
	text := oneLine(e.Err)
	if errors.Is(e.Err, fs.ErrNotExist) {
		text = "no such context"
	}
	return fmt.Sprintf("%s: docker context %q (%s): %s", e.Path, e.Name, e.Source, text)
}

// Unwrap returns the cause.
func (e *ContextError) Unwrap() error { return e.Err }

// currentContext returns the context that `docker context use` chose, "" if there
// is none. If the configuration exists and cannot be read, the error is a
// *ConfigError: docker prints a warning and uses its default engine, but then an
// image could be loaded into an engine that the user did not choose.
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

// parseCurrentContext parses docker's configuration. Like docker it accepts an
// empty file. Only the JSON is checked, not the credentials in it, which nothing
// here needs.
func parseCurrentContext(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	var config configfile.ConfigFile
	err := json.Unmarshal(b, &config)
	return config.CurrentContext, err
}

// context returns the engine of a docker context, nil for the default one, which is
// not stored. The description of a context is in contexts/meta and its certificates
// are in contexts/tls, each in a directory named after the SHA-256 of the name of
// the context (docker/cli, cli/context/store, doc.go). Errors are a *ContextError.
//
// Package cli/context/store of docker/cli reads these files as well. It is not used
// since it reads them without a limit, blocks on a pipe, has the path and the cause
// of an error in its text alone, and would add four modules to this one.
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

// parseContext parses the meta.json of a context.
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
		return endpoint{}, errors.New("it does not name a docker engine")
	}
	return endpoint{host: d.Host, skipVerify: d.SkipTLSVerify}, nil
}
