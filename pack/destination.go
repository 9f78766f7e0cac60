package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// output is an Output that is being written.
type output struct {
	Output
	*dest.Destination
}

// openAll opens every output, and refuses those that are inputs. With an error come
// those that are open.
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
		if what := in.has(out.Dest); what != "" {
			err := fmt.Errorf("%s: the output is also an input: %s", out.Dest, what)
			errs = append(errs, usererr.WithHint(err, "write it elsewhere with -o"))
		}
		if taken[d.Real] {
			err := fmt.Errorf("%s: another output has this place, by a symlink", out.Dest)
			errs = append(errs, usererr.WithHint(err, "each output needs a destination of its own"))
		}
		taken[d.Real] = d.Real != ""
	}
	return all, errors.Join(errs...)
}

// openOutput opens an output.
func openOutput(ctx context.Context, out Output, stdout io.Writer) (*dest.Destination, error) {
	switch {
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

// inputs are the files that go in or say what goes in, so that no output replaces
// them: each by its identity, and the directories of this machine that --copy
// takes whole, in which an output would go into the next image.
type inputs struct {
	files map[sysroot.ID]string
	trees []string
}

func inputsOf(j job) inputs {
	in := inputs{files: map[sysroot.ID]string{}}
	for _, e := range j.plan.Tree.Entries() {
		if info, ok := e.Source(); ok {
			if id, _, ok := sysroot.FileID(info); ok {
				in.files[id] = e.Path + " in the image"
			}
		}
	}
	for _, name := range j.outputs.Inputs {
		if info, err := os.Stat(name); err == nil {
			if id, _, ok := sysroot.FileID(info); ok {
				in.files[id] = name
			}
		}
	}
	src := j.plan.source
	for _, c := range src.copies {
		from, name := src.File(c.Src)
		if from != src.Local {
			continue
		}
		if n, err := from.Walk(name); err == nil && n.Info.IsDir() {
			in.trees = append(in.trees, n.Real)
		}
	}
	return in
}

// has says which input an output would replace or become part of, "" if none.
func (in inputs) has(name string) string {
	if name == "-" {
		return ""
	}
	if info, err := os.Stat(name); err == nil {
		if !info.Mode().IsRegular() && !info.IsDir() {
			return ""
		}
		if id, _, ok := sysroot.FileID(info); ok && in.files[id] != "" {
			return in.files[id]
		}
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(pending.Target(name)))
	if err != nil {
		return ""
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return ""
	}
	for _, tree := range in.trees {
		if dir == tree || strings.HasPrefix(dir, strings.TrimSuffix(tree, "/")+"/") {
			return "it lies in " + tree + ", which --copy takes whole"
		}
	}
	return ""
}
