package pack

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// request is a Spec with its values parsed. None of its names have been looked up.
type request struct {
	Spec
	depth  Depth
	copies []copyRequest
	dirs   []dirRequest
	groups doctor.Choice
	dlopen doctor.Level
	config image.Config // the part that depends only on the Spec
}

// copyRequest is a Copy with its mode parsed.
type copyRequest struct {
	Copy
	mode *fs.FileMode // nil keeps the mode of each file
}

// dirRequest is a Dir with its mode parsed.
type dirRequest struct {
	Dir
	mode fs.FileMode
}

// Check returns an error if values are malformed or contradict each other. Resolve
// makes the same checks first. Check does not look up any name.
func (s Spec) Check() error {
	_, err := parse(s)
	return err
}

// parse parses and checks s. Its errors are *usererr.UsageError and name the flags.
func parse(s Spec) (request, error) {
	r := request{Spec: s}
	switch {
	case len(s.Programs) == 0:
		return r, usererr.Usage("no program is named",
			"run mkrootfs PROGRAM to make rootfs.tar.gz; see mkrootfs --help")
	case s.Image.Cmd != nil && len(s.Args) > 0:
		return r, usererr.Usage("--cmd and -- ARG cannot be used together", "use only one of them")
	case s.Timestamp < 0 || s.Timestamp >= 1<<33: // the limit of a tar header without extensions
		return r, usererr.Usage(fmt.Sprintf("--timestamp: %d is out of range", s.Timestamp), "")
	}
	for _, part := range []func(*request) error{parseFiles, parseGroups, parseImage} {
		if err := part(&r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// flagError returns the error for an invalid value of a flag, nil if err is nil.
func flagError(flag string, err error) error {
	if err == nil {
		return nil
	}
	return usererr.Usage("--"+flag+": "+err.Error(), "")
}

func parseFiles(r *request) error {
	for _, c := range r.Files.Conf {
		if c.Src == "" {
			return usererr.Usage("--conf: the value is empty", "name a file: --conf FILE")
		}
	}
	for _, c := range r.Files.Copy {
		if c.Src == "" {
			return flagError("copy", fmt.Errorf("no file is named"))
		}
		if c.Dst != "" && !path.IsAbs(c.Dst) {
			return flagError("copy", fmt.Errorf("dst=%s is not an absolute path", c.Dst))
		}
		one := copyRequest{Copy: c}
		if c.Chmod != "" {
			mode, err := parseMode(c.Chmod)
			if err != nil {
				return flagError("copy", err)
			}
			one.mode = &mode
		}
		r.copies = append(r.copies, one)
	}
	for _, d := range r.Files.Mkdir {
		if !path.IsAbs(d.Path) {
			return flagError("mkdir", fmt.Errorf("%q is not an absolute path", d.Path))
		}
		one := dirRequest{Dir: d, mode: 0o755}
		if d.Mode != "" {
			var err error
			if one.mode, err = parseMode(d.Mode); err != nil {
				return flagError("mkdir", err)
			}
		}
		r.dirs = append(r.dirs, one)
	}
	return nil
}

// parseMode parses a numeric mode as of chmod(1), with set-id and sticky bits.
func parseMode(text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o7777 {
		return 0, fmt.Errorf("mode %q is not an octal number from 0 to 7777", text)
	}
	return rootfs.ModeOf(uint32(n)), nil
}

// GroupNames returns the names of the groups of run-time files, in the order of
// the manual.
func GroupNames() []string { return doctor.GroupNames() }

// GroupContents returns a short description of a group, "" if there is no such group.
func GroupContents(name string) string { return doctor.GroupContents(name) }

// DlopenLevels returns the values of Spec.Dlopen, in the order of what they add.
func DlopenLevels() (names []string) {
	for _, l := range doctor.Levels() {
		names = append(names, string(l))
	}
	return names
}

func parseGroups(r *request) error {
	r.groups.Auto = true
	for _, name := range r.Groups.With {
		switch {
		case name == "auto":
			r.groups.Auto = true
		case name == "none":
			r.groups.Auto = false
		case GroupContents(name) == "":
			return unknownGroup("with", name)
		default:
			r.groups.With = append(r.groups.With, name)
		}
	}
	for _, name := range r.Groups.Without {
		if GroupContents(name) == "" {
			return unknownGroup("without", name)
		}
		r.groups.Without = append(r.groups.Without, name)
	}
	r.dlopen = doctor.Level(r.Dlopen)
	if r.Dlopen == "" {
		r.dlopen = doctor.LevelDeclared
	}
	if !slices.Contains(DlopenLevels(), string(r.dlopen)) {
		return usererr.Usage(fmt.Sprintf("--dlopen %q: must be declared, suggested, hinted or none", r.Dlopen), "")
	}
	return nil
}

func unknownGroup(flag, name string) error {
	hint := "the groups are " + strings.Join(GroupNames(), ", ")
	if near := nearest.Of(name, append([]string{"auto", "none"}, GroupNames()...)); near != "" {
		hint = "did you mean --" + flag + " " + near + "?"
	}
	return usererr.Usage(fmt.Sprintf("--%s: unknown group %q", flag, name), hint)
}

func parseImage(r *request) error {
	from, c := r.Image, &r.config
	c.Created = time.Unix(r.Timestamp, 0).UTC()
	c.Entrypoint, c.Cmd, c.Env = from.Entrypoint, from.Cmd, from.Env
	c.WorkingDir, c.Volumes, c.Author = from.WorkingDir, from.Volumes, from.Author
	c.Labels, c.Annotations = from.Labels, from.Annotations
	var err error
	if r.Platform != "" {
		if c.Platform, err = dockerflag.ParsePlatform(r.Platform); err != nil {
			return flagError("platform", err)
		}
	}
	if c.ExposedPorts, err = dockerflag.ParsePorts(from.Expose...); err != nil {
		return flagError("expose", err)
	}
	if from.User != "" {
		if _, _, err = dockerflag.ParseUser(from.User); err != nil {
			return flagError("user", err)
		}
	}
	if from.StopSignal != "" {
		if c.StopSignal, err = dockerflag.ParseStopSignal(from.StopSignal); err != nil {
			return flagError("stop-signal", err)
		}
	}
	for _, v := range from.Volumes {
		if !path.IsAbs(v) {
			return flagError("volume", fmt.Errorf("%q is not an absolute path", v))
		}
	}
	if from.WorkingDir != "" && !path.IsAbs(from.WorkingDir) {
		return flagError("workdir", fmt.Errorf("%q is not an absolute path", from.WorkingDir))
	}
	c.Healthcheck, err = parseHealth(from.Health)
	return err
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
