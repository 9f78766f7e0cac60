package pack

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/layerfile"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// layer is the layer from which the outputs are made. It has no file if no output needs
// one.
type layer struct {
	layerfile.Layer
	job  job
	home *dest.Destination // the output that it was written to, nil if none
}

// writeLayer writes the compressed layer, if an output needs it: to the output that
// layerHome returns, else to a temporary file.
func writeLayer(ctx context.Context, j job, outs []output) (l layer, err error) {
	l.job = j
	write := func(to io.Writer) (rootfs.Sum, error) {
		return j.plan.Tree.WriteLayer(ctx, to, j.options(rootfs.Gzip))
	}
	home, isNeeded := layerHome(j, outs)
	switch {
	case !isNeeded:
		return l, nil
	case home == nil:
		l.Layer, err = layerfile.Scratch(write)
		return l, err
	}
	l.home = home
	sum, err := write(home.To)
	home.Size = sum.Size
	var file *pending.File
	if f, ok := home.Medium.(*dest.File); ok {
		file = f.File
	}
	l.Layer = layerfile.In(file, sum)
	return l, dest.WriteError(home.Name, err)
}

// layerHome returns the output that is the layer itself, nil if there is none, and
// reports whether a compressed layer is needed. Outputs other than the home read the
// layer again, so a stream is the home only if it is the only output.
func layerHome(j job, outs []output) (home *dest.Destination, isNeeded bool) {
	var first *dest.Destination // the first compressed root file system
	for _, d := range outs {
		if d.Type != RootFS || d.isPlainTar() {
			isNeeded = isNeeded || d.Type != RootFS
			continue
		}
		if _, isFile := d.Medium.(*dest.File); isFile {
			return d.Destination, true
		}
		if first == nil {
			first = d.Destination
		}
	}
	switch {
	case j.outputs.Push || isNeeded:
		return nil, true
	case first != nil && len(outs) == 1:
		return first, true
	}
	return nil, first != nil
}

// writeOutputs writes every output except the one that is the layer itself.
func writeOutputs(ctx context.Context, l layer, outs []output) (Result, error) {
	r := Result{Layer: l.Sum}
	for _, d := range outs {
		if d.Destination == l.home {
			continue
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		var err error
		if r, err = writeOutput(ctx, l, d, r); err != nil {
			return r, dest.WriteError(d.Output.Name(), err)
		}
	}
	return r, ctx.Err()
}

// writeOutput writes one output and returns r with its digests.
func writeOutput(ctx context.Context, l layer, d output, r Result) (Result, error) {
	to := iocopy.NewCounter(ctx, d.To)
	defer func() { d.Size = max(d.Size, to.N) }()
	switch d.Type {
	case RootFS:
		if !d.isPlainTar() {
			return r, l.CopyTo(to)
		}
		sum, err := l.job.plan.Tree.WriteLayer(ctx, to, l.job.options(rootfs.Uncompressed))
		if r.Layer.DiffID == "" {
			r.Layer = sum
		}
		return r, err
	case DockerArchive:
		img, r, err := newImage(l, r, image.Docker)
		if err != nil {
			return r, err
		}
		return r, image.WriteDockerArchive(to, img, l.job.tags...)
	case OCIArchive:
		img, r, err := newImage(l, r, image.OCI)
		if err != nil {
			return r, err
		}
		return r, image.WriteOCIArchive(to, img, l.job.tags...)
	case OCILayout:
		img, r, err := newImage(l, r, image.OCI)
		if err != nil {
			return r, err
		}
		d.Size = l.Sum.Size
		return r, d.Medium.(*dest.Layout).Prepare(ctx, img, l.job.tags) //nolint:forcetypeassert // openOutput made it
	}
	return r, fmt.Errorf("%s: unknown type %q", d.Output.Name(), d.Type)
}

// newImage returns an image with the finished layer, and r with its digests. The format
// is Outputs.Format or, if that is "", format.
func newImage(l layer, r Result, format image.Format) (v1.Image, Result, error) {
	config := l.job.plan.Config
	if config.Format = format; l.job.outputs.Format != "" {
		config.Format = l.job.outputs.Format
	}
	img, err := l.Image(config)
	if err != nil {
		return nil, r, err
	}
	id, err := img.ConfigName()
	if err != nil {
		return nil, r, err
	}
	r.ImageID = id.String()
	if format == image.OCI {
		digest, err := img.Digest()
		if err != nil {
			return nil, r, err
		}
		r.Manifest = digest.String()
	}
	return img, r, nil
}
