package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/explain"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// layer is the finished, compressed layer, from which the outputs are made. If sum is
// zero, no output needs one.
type layer struct {
	job  job
	sum  rootfs.Sum
	blob *pending.File
	home *dest.Destination // the output that it was written to, nil if none
	temp *pending.File     // the temporary file that it was written to, nil if none
}

// open returns a new reader of the layer, whose file may not have a name yet.
func (l layer) open() (io.ReadCloser, error) { return l.blob.Open(l.sum.Size), nil }

// close removes the temporary file.
func (l layer) close() {
	if l.temp != nil {
		l.temp.Abandon()
	}
}

// writeLayer writes the compressed layer, if an output needs it: to the output that
// layerHome returns, else to a temporary file.
func writeLayer(ctx context.Context, j job, outs []output) (l layer, err error) {
	l.job = j
	home, isNeeded := layerHome(j, outs)
	switch {
	case !isNeeded:
		return l, nil
	case home != nil:
		if f, ok := home.Medium.(*dest.File); ok {
			l.blob = f.File
		}
		l.home = home
		l.sum, err = j.plan.Tree.WriteLayer(ctx, home.To, j.options(rootfs.Gzip))
		home.Size = l.sum.Size
		return l, writeError(home.Name, err)
	}
	if l.temp, err = pending.Scratch("", "mkrootfs-layer"); err != nil {
		return l, &explain.ScratchError{Err: dest.Cause(err)}
	}
	l.blob = l.temp
	l.sum, err = j.plan.Tree.WriteLayer(ctx, l.temp, j.options(rootfs.Gzip))
	if isWriteError(err) {
		return l, &explain.ScratchError{Err: dest.Cause(err)}
	}
	return l, err
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
	r := Result{Layer: l.sum}
	for _, d := range outs {
		if d.Destination == l.home {
			continue
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		var err error
		if r, err = writeOutput(ctx, l, d, r); err != nil {
			return r, writeError(d.Output.Name(), err)
		}
	}
	return r, ctx.Err()
}

// writeOutput writes one output and returns r with its digests.
func writeOutput(ctx context.Context, l layer, d output, r Result) (Result, error) {
	to := &counter{ctx: ctx, w: d.To}
	defer func() { d.Size = max(d.Size, to.n) }()
	switch d.Type {
	case RootFS:
		if !d.isPlainTar() {
			return r, copyLayer(l, to)
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
		d.Size = l.sum.Size
		return r, d.Medium.(*dest.Layout).Prepare(ctx, img, l.job.tags) //nolint:forcetypeassert // openOutput made it
	}
	return r, fmt.Errorf("%s: unknown type %q", d.Output.Name(), d.Type)
}

// copyLayer copies the finished layer to another output.
func copyLayer(l layer, to io.Writer) error {
	from, err := l.open()
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = iocopy.N(to, from, l.sum.Size)
	return err
}

// newImage returns an image with the finished layer, and r with its digests. The format
// is Outputs.Format or, if that is "", format.
func newImage(l layer, r Result, format image.Format) (v1.Image, Result, error) {
	config := l.job.plan.Config
	if config.Format = format; l.job.outputs.Format != "" {
		config.Format = l.job.outputs.Format
	}
	if config.Format == image.Docker {
		config.Annotations = nil
	}
	info := image.LayerInfo{Size: l.sum.Size, Open: l.open}
	var err error
	if info.Digest, err = v1.NewHash(l.sum.Digest); err != nil {
		return nil, r, err
	}
	if info.DiffID, err = v1.NewHash(l.sum.DiffID); err != nil {
		return nil, r, err
	}
	img, err := image.New(image.NewLayer(info), config)
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

// writeError adds the name of the output to an error of writing it.
func writeError(name string, err error) error {
	if isWriteError(err) {
		return dest.Error(name, err)
	}
	return err
}

// isWriteError reports whether err is an error of writing a file.
func isWriteError(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) && (path.Op == "write" || path.Op == "copy_file_range")
}

// counter is a writer that counts bytes. It fails when ctx has ended.
type counter struct {
	ctx context.Context //nolint:containedctx // io.Writer has no place for it
	w   io.Writer
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom, so that the kernel copies between files.
func (c *counter) ReadFrom(r io.Reader) (int64, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := io.Copy(c.w, r)
	c.n += n
	return n, err
}
