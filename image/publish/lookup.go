package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Lookup finds the container engine that the commands of docker or podman would
// use. The zero value uses the environment of this process; programs that must not
// depend on that, such as tests, set the fields.
type Lookup struct {
	Getenv  func(string) string // nil: os.Getenv
	Sockets []string            // nil: the usual ones; tried only if nothing names an engine
}

// Tried is an engine that did not answer.
type Tried struct {
	Host   string // unix:///var/run/docker.sock
	Source string // what named it: DOCKER_HOST, a context; "" for a usual socket
	Err    error
	// Group is the group whose members may connect to the socket, if it is known and
	// the caller is not permitted to. The group root is not named.
	Group string
}

// NoEngineError reports that no engine answers, and which were tried.
type NoEngineError struct{ Tried []Tried }

// Error returns every place and the reason why it does not answer, in one line.
func (e *NoEngineError) Error() string {
	var b strings.Builder
	b.WriteString("no container engine answers")
	for i, t := range e.Tried {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(strings.TrimPrefix(t.Host, "unix://"))
		if t.Source != "" {
			b.WriteString(" (" + t.Source + ")")
		}
		b.WriteString(": " + reason(t.Err))
		if t.Group != "" {
			b.WriteString(", only the group " + t.Group + " may connect")
		}
	}
	return b.String()
}

// Unwrap returns the causes, so that errors.Is finds fs.ErrPermission and others.
func (e *NoEngineError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, t := range e.Tried {
		errs[i] = t.Err
	}
	return errs
}

// reason returns why a connection failed, in a few words.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within " + pingTimeout.String()
	}
	return oneLine(innermost(err))
}

// Find returns the first engine that answers. It is the one that DOCKER_HOST names,
// else DOCKER_CONTEXT, else CONTAINER_HOST (a variable of podman), else the current
// context of docker's configuration; if none of them is set, one of the usual
// sockets of docker and podman. An engine that is named but does not answer is an
// error, even if there are others. The error is a *NoEngineError, or a
// *ContextError or *ConfigError if docker's configuration cannot be used.
func (l Lookup) Find(ctx context.Context) (*Engine, error) {
	if l.Getenv == nil {
		l.Getenv = os.Getenv
	}
	candidates, err := l.named()
	if err != nil {
		return nil, err
	}
	if candidates == nil {
		for _, s := range l.sockets() {
			candidates = append(candidates, endpoint{host: "unix://" + s})
		}
	}
	none := new(NoEngineError)
	for _, c := range candidates {
		e, err := c.connect()
		if err != nil {
			return nil, err
		}
		err = e.ping(ctx)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		none.Tried = append(none.Tried, Tried{Host: c.host, Source: c.source, Err: err, Group: socketGroup(c.host, err)})
	}
	return nil, none
}

// named returns the engine that the environment or docker's configuration names, if
// any. The order is that of docker (docker/cli, command.resolveContextName), with
// podman's variable before the current context.
func (l Lookup) named() ([]endpoint, error) {
	if h := l.Getenv("DOCKER_HOST"); h != "" {
		e := endpoint{host: h, source: "DOCKER_HOST"}
		if l.Getenv("DOCKER_TLS_VERIFY") != "" {
			e.tls, e.certs = true, l.Getenv("DOCKER_CERT_PATH")
			if e.certs == "" {
				e.certs = l.dockerConfig()
			}
		}
		return []endpoint{e}, nil
	}
	if c := l.Getenv("DOCKER_CONTEXT"); c != "" {
		return l.context(c, "DOCKER_CONTEXT")
	}
	if h := l.Getenv("CONTAINER_HOST"); h != "" {
		return []endpoint{{host: h, source: "CONTAINER_HOST"}}, nil
	}
	c, err := l.currentContext()
	if err != nil {
		return nil, err
	}
	return l.context(c, chosenByFile)
}

// chosenByFile is the Source of a context that docker's configuration names.
const chosenByFile = "currentContext"

// sockets returns the usual sockets: of docker, docker without root, Docker Desktop
// (two generations), podman as root and without.
func (l Lookup) sockets() []string {
	if l.Sockets != nil {
		return l.Sockets
	}
	list := []string{"/var/run/docker.sock"}
	home, runtime := l.Getenv("HOME"), l.Getenv("XDG_RUNTIME_DIR")
	if runtime != "" {
		list = append(list, filepath.Join(runtime, "docker.sock"))
	}
	if home != "" {
		list = append(list, filepath.Join(home, ".docker/run/docker.sock"))
		list = append(list, filepath.Join(home, ".docker/desktop/docker.sock"))
	}
	list = append(list, "/run/podman/podman.sock")
	if runtime != "" {
		list = append(list, filepath.Join(runtime, "podman/podman.sock"))
	}
	return list
}

// dockerConfig returns the directory of docker's configuration.
func (l Lookup) dockerConfig() string {
	if d := l.Getenv("DOCKER_CONFIG"); d != "" {
		return d
	}
	return filepath.Join(l.Getenv("HOME"), ".docker")
}

func (l Lookup) configFile() string { return filepath.Join(l.dockerConfig(), "config.json") }

// unsupported returns the error for a host with another scheme.
func unsupported(e endpoint, scheme string) error {
	how := fmt.Sprintf("%s: must begin with unix://, tcp://, http:// or https://", e)
	if scheme == "ssh" {
		const forward = "ssh -L /tmp/engine.sock:/var/run/docker.sock HOST"
		how = fmt.Sprintf("%s: ssh is not supported; forward the socket (%s) and name it with unix://", e, forward)
	}
	return errors.New(how)
}
