package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// output is an Output that is being written.
type output struct {
	Output
	*dest.Destination
}

// openAll opens every output, and returns an error for outputs that are also inputs. It
// returns the open outputs also with an error.
func openAll(ctx context.Context, j job) (all []output, err error) {
	in := inputsOf(j)
	taken := map[string]bool{}
	var errs []error
	for _, out := range j.outputs.Files {
		d, err := openOutput(ctx, out, j.outputs.Stdout)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, output{out, d})
		if what := in.Has(out.Dest); what != "" {
			err := fmt.Errorf("%s: the output is also an input: %s", out.Dest, what)
			errs = append(errs, usererr.WithHint(err, "choose another path with -o"))
		}
		if taken[d.Real] {
			err := fmt.Errorf("%s: another output has the same path through a symlink", out.Dest)
			errs = append(errs, usererr.WithHint(err, "give each output its own destination"))
		}
		taken[d.Real] = d.Real != ""
	}
	return all, errors.Join(errs...)
}

// errNoStdout is the error if Outputs.Stdout is needed and nil.
var errNoStdout = errors.New("an output goes to stdout, but Outputs.Stdout is nil")

// openOutput opens an output.
func openOutput(ctx context.Context, out Output, stdout io.Writer) (*dest.Destination, error) {
	switch {
	case out.Dest == "-" && stdout == nil:
		return nil, errNoStdout
	case out.Dest == "-":
		stream := dest.NewStdout(ctx, stdout)
		return &dest.Destination{Medium: stream, Name: out.Name(), To: stream}, nil
	case out.Type == OCILayout:
		layout, err := dest.OpenLayout(out.Dest)
		if err != nil {
			return nil, err
		}
		return &dest.Destination{Medium: layout, Name: out.Dest, Real: layout.Real, First: true}, nil
	}
	return dest.OpenOutput(ctx, out.Dest, out.Description())
}

// setOf returns the destinations of outputs.
func setOf(all []output) (set dest.Set) {
	for _, o := range all {
		set = append(set, o.Destination)
	}
	return set
}

// inputsOf returns the files and directories that no output may replace.
func inputsOf(j job) *dest.Inputs {
	in := &dest.Inputs{}
	for _, e := range j.plan.Tree.Entries() {
		if info, ok := e.Source(); ok {
			in.AddFile(info, e.Path+" in the image")
		}
	}
	for _, name := range j.outputs.Inputs {
		if info, err := os.Stat(name); err == nil {
			in.AddFile(info, name)
		}
	}
	src := j.plan.source
	for _, c := range src.copies {
		from, name := src.File(c.Src)
		if from != src.Local {
			continue
		}
		if n, err := from.Walk(name); err == nil && n.Info.IsDir() {
			in.AddTree(n.Real)
		}
	}
	return in
}
