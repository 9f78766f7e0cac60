package pack

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Outputs describe what Write makes of a plan. Most fields correspond to a flag of the
// command. The zero value writes rootfs.tar.gz to the working directory of the process.
type Outputs struct {
	// Tags are the names of the image, [REGISTRY/]NAME[:TAG].
	Tags []string `json:"tags,omitempty" yaml:"tags,omitempty"`
	// Files are the outputs to write. If there are none, and neither Load nor Push is
	// set, they are rootfs.tar.gz and, with a tag NAME:TAG, the docker archive
	// NAME-TAG.tar.
	Files []Output `json:"files,omitempty" yaml:"files,omitempty"`
	// Load loads the image into the docker or podman engine of this machine, without
	// tags as an image that has only its id.
	Load bool `json:"load,omitempty" yaml:"load,omitempty"`
	// Push pushes the image to the registries of its tags. Insecure allows plain HTTP
	// and certificates that cannot be verified.
	Push     bool `json:"push,omitempty" yaml:"push,omitempty"`
	Insecure bool `json:"insecure,omitempty" yaml:"insecure,omitempty"`
	// Format selects the media types, "oci" or "docker"; "" is the format that each
	// destination expects.
	Format image.Format `json:"format,omitempty" yaml:"format,omitempty"`
	// Level is the compression level from 1 to 9; 0 is the default, 6.
	Level int `json:"compression_level,omitempty" yaml:"compression_level,omitempty"`

	// Stdout receives outputs with the destination "-" and the lines of Answer. If it
	// is nil, these are errors.
	Stdout io.Writer `json:"-" yaml:"-"`
	// Inputs are further files of this machine that no output may replace, as it may
	// not replace those of the plan.
	Inputs []string `json:"-" yaml:"-"`
	// Progress, if not nil, is called with the written and the total bytes of the
	// uncompressed layer, from the beginning for each time that it is written.
	Progress func(done, total int64) `json:"-" yaml:"-"`
	// Answer, if not nil, returns lines to write to Stdout. They are written when all
	// outputs are complete but not visible yet: if that fails, no file has changed.
	Answer func(*Result) []string `json:"-" yaml:"-"`
}

// Complete returns o with the default for Files. The error, as of Write, is for values
// that are malformed or contradict each other. Complete does not look up any name.
func (o Outputs) Complete() (Outputs, error) {
	tags, err := o.tags()
	if err != nil {
		return o, err
	}
	switch {
	case o.Push && len(tags) == 0:
		return o, usererr.Usage("--push needs a tag to push to", "add -t REGISTRY/NAME:TAG")
	case o.Format != "" && o.Format != image.OCI && o.Format != image.Docker:
		return o, usererr.Usage(fmt.Sprintf("--format %q: must be oci or docker", o.Format), "")
	case o.Level < 0 || o.Level > 9:
		return o, usererr.Usage(fmt.Sprintf("--compression-level %d: must be from 1 to 9", o.Level), "")
	}
	if len(o.Files) == 0 && !o.Load && !o.Push {
		o.Files = defaultOutputs(tags)
	}
	return o, checkPlaces(o)
}

// ToStdout reports whether a file is written to Stdout.
func (o Outputs) ToStdout() bool {
	return slices.ContainsFunc(o.Files, func(out Output) bool { return out.Dest == "-" })
}

// FamiliarTags returns the tags in the form that `docker images` shows.
func (o Outputs) FamiliarTags() (names []string) {
	tags, _ := o.tags() // Complete has the error
	for _, t := range tags {
		names = append(names, image.Familiar(t))
	}
	return names
}

func (o Outputs) tags() ([]name.Tag, error) {
	tags, err := dockerflag.ParseTags(o.Tags...)
	return tags, flagError("tag", err)
}

// defaultOutputs returns the outputs if none are requested.
func defaultOutputs(tags []name.Tag) []Output {
	outs := []Output{{Type: RootFS, Dest: "rootfs.tar.gz"}}
	if len(tags) > 0 {
		outs = append(outs, Output{Type: DockerArchive, Dest: archiveName(image.Familiar(tags[0]))})
	}
	return outs
}

// archiveName returns a file name for a tag: "redis-7.tar" for
// "registry.test/team/redis:7".
func archiveName(tag string) string {
	base := path.Base(tag)
	if !strings.Contains(base, ":") {
		base += ":latest"
	}
	return strings.ReplaceAll(base, ":", "-") + ".tar"
}

// checkPlaces returns an error for an unknown type, an invalid destination, or one that
// two outputs have.
func checkPlaces(o Outputs) error {
	seen := map[string]bool{}
	for _, out := range o.Files {
		switch {
		case !slices.Contains(TypeNames(), string(out.Type)):
			err := fmt.Errorf("unknown type %q; the types are %s", out.Type, strings.Join(TypeNames(), ", "))
			return flagError("output", err)
		case out.Dest == "":
			return flagError("output", fmt.Errorf("the destination is empty"))
		case out.Type == OCILayout && out.Dest == "-":
			return flagError("output", fmt.Errorf("a directory cannot go to stdout; use type=oci"))
		}
		place := filepath.Clean(out.Dest)
		if abs, err := filepath.Abs(place); err == nil && out.Dest != "-" {
			place = abs
		}
		if seen[place] {
			return usererr.Usage(fmt.Sprintf("--output: %s is given twice", out.Dest),
				"give each output its own destination")
		}
		seen[place] = true
	}
	return nil
}

// CheckPlan returns an error if the configuration of p is invalid for an image, and
// warnings for settings that an output cannot hold. Write makes the same check.
func (o Outputs) CheckPlan(p *Plan) ([]Warning, error) {
	isImage := o.Load || o.Push || slices.ContainsFunc(o.Files, Output.IsImage)
	if !isImage || p == nil {
		return nil, nil // a root file system has no configuration
	}
	config := p.Config
	config.Annotations = nil // newImage checks them if the format has annotations
	if err := config.Check(); err != nil {
		return nil, err
	}
	what := o.withoutAnnotations()
	if what == "" || len(p.Config.Annotations) == 0 {
		return nil, nil
	}
	return []Warning{{
		Text: what + " cannot hold annotations",
		Hint: "use -o FILE.oci.tar, type=oci-dir or --push to keep them",
	}}, nil
}

// withoutAnnotations returns the kind of an output that cannot hold annotations.
func (o Outputs) withoutAnnotations() string {
	switch {
	case slices.ContainsFunc(o.Files, func(out Output) bool { return out.Type == DockerArchive }):
		return "a docker archive"
	case o.Load:
		return "an engine"
	case o.Format == image.Docker:
		return "the docker format"
	}
	return ""
}
