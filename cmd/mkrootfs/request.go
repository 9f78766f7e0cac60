package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/flagvalue"
	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/pack"
)

// request is the parsed command line. The fields between outputs and mode are values of
// flags from which complete sets fields of spec and outputs.
type request struct {
	spec    pack.Spec
	outputs pack.Outputs

	copies, files       []string // --copy, --output
	env, envFiles       []string
	labels, annotations []string
	timestamp           string

	mode       mode
	verbosity  verbosity
	completion string
	version    bool
	help       string
}

// mode selects what to do instead of building.
type mode struct {
	print, why string
	print0     bool
	crossCheck string
	dryRun     bool
}

// exclusive are pairs of flags that cannot be used together.
var exclusive = []struct {
	one, other string
	both       func(r *request) bool // reports whether both are set
}{
	{"print", "why", func(r *request) bool { return r.mode.print != "" && r.mode.why != "" }},
	{"quiet", "verbose", func(r *request) bool { return r.verbosity.quiet && r.verbosity.verbose }},
	{"print0", "verbose", func(r *request) bool { return r.mode.print0 && r.verbosity.verbose }},
	// The loader sees only this machine.
	{"cross-check", "sysroot", func(r *request) bool { return r.mode.crossCheck != "" && r.spec.Sysroot != "" }},
}

// complete returns r with all values parsed and checked. programArgs are the arguments
// after "--". It reads files that flags name; errors of the values are usage errors.
func (r request) complete(programs, programArgs []string, stdin io.Reader) (request, error) {
	r.spec.Programs, r.spec.Args = programs, programArgs
	for _, e := range exclusive {
		if e.both(&r) {
			return r, usage("--"+e.one+" and --"+e.other+" cannot be used together", "use only one of them")
		}
	}
	parts := []func(*request, io.Reader) error{checkMode, readCopies, readFiles, readTime, readLabels, readEnv}
	for _, part := range parts {
		if err := part(&r, stdin); err != nil {
			return r, err
		}
	}
	if err := r.spec.Check(); err != nil {
		return r, err
	}
	var err error
	r.outputs, err = r.outputs.Complete()
	if err != nil {
		return r, err
	}
	if r.outputs.ToStdout() && r.outputs.Push {
		return r, usage("--output: the output and the digests of --push cannot both go to stdout",
			"write the output to a file, or leave out --push")
	}
	return r, nil
}

// checkMode checks the values of the flags in r.mode and r.verbosity.
func checkMode(r *request, _ io.Reader) error {
	switch l := r.mode; {
	case l.print != "" && !slices.Contains(formNames(), l.print):
		hint := "the forms are " + strings.Join(formNames(), ", ")
		if near := nearest.Of(l.print, formNames()); near != "" {
			hint = "did you mean --print " + near + "?"
		}
		return usage(fmt.Sprintf("--print: unknown form %q", l.print), hint)
	case l.print0 && l.print != "list":
		return usage("--print0 works only with --print list", "add --print list, or leave out --print0")
	case l.crossCheck != "" && l.crossCheck != "own" && l.crossCheck != "force":
		return usage(fmt.Sprintf("--cross-check=%s: must be own or force", l.crossCheck),
			"use --cross-check=own for your own files")
	case !slices.Contains(progressNames, r.verbosity.progress):
		return usage(fmt.Sprintf("--progress %q: must be auto, plain or none", r.verbosity.progress), "")
	}
	return nil
}

// readCopies parses --copy. "@LIST" means the values in the lines of that file, "@-"
// those of stdin. Blank lines and lines that begin with # are ignored.
func readCopies(r *request, stdin io.Reader) error {
	for _, value := range r.copies {
		values, err := r.expand(value, stdin)
		if err != nil {
			return err
		}
		for _, v := range values {
			c, err := pack.ParseCopy(v.text)
			switch where := flagvalue.Copy(c); {
			case err != nil:
				return usage("--copy: "+err.Error(), "")
			case v.list != "" && where.NeedsDst():
				return usage(fmt.Sprintf("%s:%d: %s: a relative path does not say where the file goes in the image",
					v.list, v.line, v.text), "write the line as "+where.WithDst())
			}
			r.spec.Files.Copy = append(r.spec.Files.Copy, c)
		}
	}
	return nil
}

// copyValue is a value of --copy, or of a line of a list.
type copyValue struct {
	text string
	list string // the name of the list, "" without one
	line int
}

// maxList is the maximum size of a list of --copy, in bytes: 100,000 long paths.
const maxList = 16 << 20

// expand returns the values that value stands for, see readCopies.
func (r *request) expand(value string, stdin io.Reader) (values []copyValue, err error) {
	name, isList := strings.CutPrefix(value, "@")
	if !isList {
		return []copyValue{{text: value}}, nil
	}
	var data []byte
	if name == "-" {
		name = "stdin"
		data, err = bounded.ReadAll(stdin, maxList)
	} else {
		r.outputs.Inputs = append(r.outputs.Inputs, name)
		data, err = bounded.ReadNamed(name, maxList)
	}
	if err != nil {
		err = fmt.Errorf("%s: the list for --copy cannot be read: %w", name, dest.Cause(err))
		return nil, usererr.WithHint(err, "write ./@NAME to copy a file whose name begins with @")
	}
	number := 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		number++
		if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
			values = append(values, copyValue{line, name, number})
		}
	}
	return values, nil
}

// readFiles parses --output.
func readFiles(r *request, _ io.Reader) error {
	for _, value := range r.files {
		out, err := pack.ParseOutput(value, len(r.outputs.Tags) > 0)
		if err != nil {
			return usage("--output: "+err.Error(), "")
		}
		r.outputs.Files = append(r.outputs.Files, out)
	}
	return nil
}

// readTime sets the time of all files from --timestamp, else from SOURCE_DATE_EPOCH.
func readTime(r *request, _ io.Reader) error {
	value, from := r.timestamp, "--timestamp"
	if value == "" {
		value, from = os.Getenv("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"
	}
	if value == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds >= 1<<33 {
		return usage(fmt.Sprintf("%s: %q is not a number of seconds since 1970", from, value),
			"for the time of the last commit, use "+from+"=$(git log -1 --format=%ct)")
	}
	r.spec.Timestamp = &seconds
	return nil
}

func readLabels(r *request, _ io.Reader) (err error) {
	if r.spec.Image.Labels, err = dockerflag.ParseLabels(r.labels...); err != nil {
		return usage("--label: "+err.Error(), "")
	}
	if r.spec.Image.Annotations, err = dockerflag.ParseAnnotations(r.annotations...); err != nil {
		return usage("--annotation: "+err.Error(), "")
	}
	return nil
}

// readEnv parses the lines of --env-file and then --env, which has precedence.
func readEnv(r *request, _ io.Reader) error {
	var values []string
	for _, name := range r.envFiles {
		r.outputs.Inputs = append(r.outputs.Inputs, name)
		data, err := bounded.ReadNamed(name, bounded.Config)
		if err != nil {
			return fmt.Errorf("%s: the --env-file cannot be read: %w", name, dest.Cause(err))
		}
		lines, err := dockerflag.ReadEnvFile(bytes.NewReader(data), name)
		if err != nil {
			return err
		}
		values = append(values, lines...)
	}
	env, err := dockerflag.ParseEnv(append(values, r.env...), os.LookupEnv)
	if err != nil {
		return usage("--env: "+err.Error(), "")
	}
	r.spec.Image.Env = env
	return nil
}

func formNames() []string { return []string{"tree", "ldd", "json", "list"} }

// progressNames are the values of --progress.
var progressNames = []string{"auto", "plain", "none"}
