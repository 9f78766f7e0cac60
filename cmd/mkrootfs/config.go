package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// request is the command line with every value checked: what is to be made,
// before a single file has been looked at.
type request struct {
	*options
	stdin   io.Reader
	tags    []name.Tag
	copies  []copySpec
	mkdirs  []mkdirSpec
	groups  choice
	lists   []string // files that --copy @LIST named
	outputs []output
	config  image.Config // all but what the program and the files tell
	format  image.Format // "" leaves it to each destination
	created time.Time
}

// newRequest checks o's values. Errors that the command line alone explains
// are *tell.UsageError.
func newRequest(o *options, stdin io.Reader) (*request, error) {
	r := &request{options: o, stdin: stdin, format: image.Format(o.format)}
	for _, step := range []func() error{
		r.readNames, r.readInputs, r.readGroups, r.readOutputs, r.readTime, r.readCommands, r.readRun, r.readHealth, r.readEnv,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// flagUsage words a bad value of a flag.
func flagUsage(flag string, err error) error {
	if err == nil {
		return nil
	}
	return usage("--"+flag+": "+err.Error(), "")
}

func (r *request) readNames() (err error) {
	if r.tags, err = dockerflag.ParseTags(r.options.tags...); err != nil {
		return flagUsage("tag", err)
	}
	if r.platform != "" {
		r.config.Platform, err = dockerflag.ParsePlatform(r.platform)
	}
	return flagUsage("platform", err)
}

func (r *request) readInputs() error {
	for _, spec := range r.options.copies {
		specs, err := r.expandList(spec)
		if err != nil {
			return err
		}
		for _, one := range specs {
			c, err := parseCopy(one)
			if err != nil {
				return flagUsage("copy", err)
			}
			r.copies = append(r.copies, c)
		}
	}
	for _, spec := range r.options.mkdirs {
		d, err := parseMkdir(spec)
		if err != nil {
			return flagUsage("mkdir", err)
		}
		r.mkdirs = append(r.mkdirs, d)
	}
	return nil
}

// expandList replaces "@LIST" by the lines of that file, "@-" by those of
// stdin: one SRC[:DST] or src=… each, blank lines and those with # skipped.
func (r *request) expandList(spec string) ([]string, error) {
	name, isList := strings.CutPrefix(spec, "@")
	if !isList {
		return []string{spec}, nil
	}
	var data []byte
	var err error
	if name == "-" {
		name = "stdin"
		data, err = bounded.ReadAll(r.stdin, maxList)
	} else {
		data, err = readNamed(name, maxList)
	}
	if name != "stdin" {
		r.lists = append(r.lists, name)
	}
	if err != nil {
		return nil, withHint(fmt.Errorf("%s: the list of --copy cannot be read: %w", name, bare(err)), "a file whose own name begins with @ is written ./@NAME")
	}
	var specs []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
			specs = append(specs, line)
		}
	}
	return specs, nil
}

// maxList is the limit for a list of --copy, in bytes: 100,000 long paths.
const maxList = 16 << 20

// readNamed reads what a flag names, which may well be a pipe of the shell's:
// --env-file <(…).
func readNamed(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded.ReadAll(f, limit)
}

// readOutputs settles what is written: what -o says, else the default, which
// --load and --push take the place of.
func (r *request) readOutputs() error {
	for _, spec := range r.options.outputs {
		out, err := parseOutput(spec, len(r.tags) > 0)
		if err != nil {
			return flagUsage("output", err)
		}
		r.outputs = append(r.outputs, out)
	}
	if len(r.outputs) == 0 && !r.load && !r.push {
		var tags []string
		for _, t := range r.tags {
			tags = append(tags, image.Familiar(t))
		}
		r.outputs = defaultOutputs(tags)
	}
	seen := map[string]bool{}
	for _, out := range r.outputs {
		place := filepath.Clean(out.dest)
		if abs, err := filepath.Abs(place); err == nil && out.dest != "-" {
			place = abs
		}
		if seen[place] {
			return usage(fmt.Sprintf("--output: %s is named twice", out.dest), "each output needs a destination of its own")
		}
		seen[place] = true
	}
	if seen["-"] && (r.quiet || r.push) {
		return usage("--output: stdout cannot hold the output and a digest", "write to a file, or leave out --quiet and --push")
	}
	return nil
}

// readTime settles the time of everything: --timestamp, SOURCE_DATE_EPOCH, 0.
func (r *request) readTime() error {
	text, from := r.timestamp, "--timestamp"
	if text == "" {
		text, from = os.Getenv("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"
	}
	var seconds uint64
	if text != "" {
		var err error
		// A tar header without extensions holds 33 bits of seconds.
		if seconds, err = strconv.ParseUint(text, 10, 33); err != nil {
			return usage(fmt.Sprintf("%s: %q is no number of seconds since 1970", from, text), from+"=$(git log -1 --format=%ct) is the time of the last commit")
		}
	}
	r.created = time.Unix(int64(seconds), 0).UTC() //nolint:gosec // 33 bits fit
	r.config.Created = r.created
	return nil
}

func (r *request) readCommands() (err error) {
	if r.config.Entrypoint, err = words(r.entrypoint); err != nil {
		return flagUsage("entrypoint", err)
	}
	r.config.Cmd, err = words(r.cmd)
	return flagUsage("cmd", err)
}

func words(v optional) ([]string, error) {
	if v.value == "" {
		return nil, nil
	}
	return dockerflag.ParseCommand(v.value)
}

func (r *request) readRun() (err error) {
	c := &r.config
	if c.ExposedPorts, err = dockerflag.ParsePorts(r.expose...); err != nil {
		return flagUsage("expose", err)
	}
	if r.user != "" {
		if _, _, err = dockerflag.ParseUser(r.user); err != nil {
			return flagUsage("user", err)
		}
	}
	if c.Labels, err = dockerflag.ParseLabels(r.labels...); err != nil {
		return flagUsage("label", err)
	}
	if c.Annotations, err = dockerflag.ParseAnnotations(r.annotation...); err != nil {
		return flagUsage("annotation", err)
	}
	if r.stopSignal != "" {
		if c.StopSignal, err = dockerflag.ParseStopSignal(r.stopSignal); err != nil {
			return flagUsage("stop-signal", err)
		}
	}
	for _, v := range r.volumes {
		if v == "" || v[0] != '/' {
			return flagUsage("volume", fmt.Errorf("%q is not an absolute path", v))
		}
	}
	if r.workdir != "" && r.workdir[0] != '/' {
		return flagUsage("workdir", fmt.Errorf("%q is not an absolute path", r.workdir))
	}
	c.Volumes, c.WorkingDir, c.Author = r.volumes, r.workdir, r.author
	return nil
}

func (r *request) readHealth() error {
	h := dockerflag.Health{Command: r.health.cmd.value, Retries: r.health.retries}
	if h.Command == "none" {
		h.Command = `["NONE"]`
	}
	for _, d := range []struct {
		flag, text string
		to         *time.Duration
	}{
		{"health-interval", r.health.interval, &h.Interval},
		{"health-timeout", r.health.timeout, &h.Timeout},
		{"health-start-period", r.health.startPeriod, &h.StartPeriod},
	} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = time.ParseDuration(d.text); err != nil {
			return flagUsage(d.flag, fmt.Errorf("%q is no duration such as 30s or 1m30s", d.text))
		}
	}
	if h.Command == "" && h != (dockerflag.Health{}) {
		return usage("the --health flags need a --health-cmd", `--health-cmd '["/usr/bin/redis-cli","ping"]'`)
	}
	var config *v1.HealthConfig
	config, err := h.Config()
	r.config.Healthcheck = config
	return flagUsage("health-cmd", err)
}

// readEnv collects the --env-file lines and then, over them, --env.
func (r *request) readEnv() error {
	var values []string
	for _, name := range r.envFiles {
		data, err := readNamed(name, bounded.Config)
		if err != nil {
			return fmt.Errorf("%s: the --env-file cannot be read: %w", name, bare(err))
		}
		lines, err := dockerflag.ReadEnvFile(bytes.NewReader(data), name)
		if err != nil {
			return err
		}
		values = append(values, lines...)
	}
	env, err := dockerflag.ParseEnv(append(values, r.env...), os.LookupEnv)
	r.config.Env = env
	return flagUsage("env", err)
}

// bare strips the operation and path that os puts before the cause, for
// messages that begin with the path themselves.
func bare(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
