package pack

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Image is the configuration of the image. Its values have the forms of docker's flags.
type Image struct {
	// Entrypoint are the words of ENTRYPOINT.
	Entrypoint []string `json:"entrypoint,omitempty" yaml:"entrypoint,omitempty"`
	// Cmd are the words of CMD. If it is nil, CMD is the program, its configuration file,
	// the options that keep it in the foreground, and Args. An empty slice that is not nil
	// is no CMD.
	Cmd Words `json:"cmd,omitzero" yaml:"cmd,omitempty"`
	// Env are variables K=V.
	Env []string `json:"env,omitempty" yaml:"env,omitempty"`
	// WorkingDir is an absolute path.
	WorkingDir string `json:"working_dir,omitempty" yaml:"working_dir,omitempty"`
	// User is NAME|UID[:GROUP|GID]; a name is looked up in the source.
	User string `json:"user,omitempty" yaml:"user,omitempty"`
	// Expose are ports PORT[-PORT][/PROTO]; nil is the ports that the configuration
	// files name.
	Expose Words `json:"expose,omitzero" yaml:"expose,omitempty"`
	// Volumes are absolute paths.
	Volumes     []string          `json:"volumes,omitempty" yaml:"volumes,omitempty"`
	Labels      map[string]string `json:"labels,omitempty" yaml:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty" yaml:"annotations,omitempty"`
	StopSignal  string            `json:"stop_signal,omitempty" yaml:"stop_signal,omitempty"`
	Health      *Health           `json:"health,omitempty" yaml:"health,omitempty"`
	Author      string            `json:"author,omitempty" yaml:"author,omitempty"`
}

// Words is a list that distinguishes nil, which selects the default, from an empty slice.
// JSON and YAML omit only nil.
type Words []string

// IsZero reports whether w is nil.
func (w Words) IsZero() bool { return w == nil }

// Health is the health check. The engine's defaults apply to zero values.
type Health struct {
	// Command is a JSON array, or words separated as in a shell; "none" disables
	// the check.
	Command string `json:"command" yaml:"command"`
	// The durations have the format of time.ParseDuration.
	Interval    string `json:"interval,omitempty" yaml:"interval,omitempty"`
	Timeout     string `json:"timeout,omitempty" yaml:"timeout,omitempty"`
	StartPeriod string `json:"start_period,omitempty" yaml:"start_period,omitempty"`
	Retries     int    `json:"retries,omitempty" yaml:"retries,omitempty"`
}

// parseImage parses the values of from.
func parseImage(from Image) (c image.Config, err error) {
	c.Entrypoint, c.Cmd = from.Entrypoint, from.Cmd
	c.WorkingDir, c.Volumes, c.Author = from.WorkingDir, from.Volumes, from.Author
	c.Labels, c.Annotations = from.Labels, from.Annotations
	if c.Env, err = parseEnv(from.Env); err != nil {
		return c, flagError("env", err)
	}
	for flag, values := range map[string]map[string]string{"label": from.Labels, "annotation": from.Annotations} {
		if _, ok := values[""]; ok {
			return c, flagError(flag, errors.New("a key is empty"))
		}
	}
	if c.ExposedPorts, err = dockerflag.ParsePorts(from.Expose...); err != nil {
		return c, flagError("expose", err)
	}
	if from.User != "" {
		if _, _, err = dockerflag.ParseUser(from.User); err != nil {
			return c, flagError("user", err)
		}
	}
	if from.StopSignal != "" {
		if c.StopSignal, err = dockerflag.ParseStopSignal(from.StopSignal); err != nil {
			return c, flagError("stop-signal", err)
		}
	}
	for _, v := range from.Volumes {
		if !path.IsAbs(v) {
			return c, flagError("volume", fmt.Errorf("%q is not an absolute path", v))
		}
	}
	if from.WorkingDir != "" && !path.IsAbs(from.WorkingDir) {
		return c, flagError("workdir", fmt.Errorf("%q is not an absolute path", from.WorkingDir))
	}
	c.Healthcheck, err = parseHealth(from.Health)
	return c, err
}

// parseEnv checks variables K=V. The last value of a variable has precedence.
func parseEnv(values []string) ([]string, error) {
	for _, kv := range values {
		if strings.Index(kv, "=") <= 0 {
			return nil, fmt.Errorf("%q is not of the form K=V", kv)
		}
	}
	return dockerflag.ParseEnv(values, func(string) (string, bool) { return "", false })
}

func parseHealth(from *Health) (*v1.HealthConfig, error) {
	if from == nil {
		return nil, nil //nolint:nilnil // no health check is not an error
	}
	h := dockerflag.Health{Command: from.Command, Retries: from.Retries}
	if h.Command == "none" {
		h.Command = `["NONE"]`
	}
	for _, d := range []struct {
		flag, text string
		to         *time.Duration
	}{
		{"health-interval", from.Interval, &h.Interval},
		{"health-timeout", from.Timeout, &h.Timeout},
		{"health-start-period", from.StartPeriod, &h.StartPeriod},
	} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = time.ParseDuration(d.text); err != nil {
			return nil, flagError(d.flag, fmt.Errorf("%q is not a duration such as 30s or 1m30s", d.text))
		}
	}
	if h.Command == "" && h != (dockerflag.Health{}) {
		return nil, usererr.Usage("the other --health flags need --health-cmd",
			`--health-cmd '["/usr/bin/redis-cli","ping"]'`)
	}
	config, err := h.Config()
	return config, flagError("health-cmd", err)
}
