package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// result is what came out, for the account.
type result struct {
	sum     rootfs.Sum
	written []*destination
	imageID v1.Hash // the digest of the configuration: what an engine calls the image
	digest  v1.Hash // of the manifest; zero where none was made
	pushed  []string
	engine  string   // where the image was loaded
	command string   // that engine's own: docker or podman
	taken   []string // the engine and the references that have the image
}

// stopped adds to an interruption which places have the image already.
func (r *result) stopped(err error) error {
	if len(r.taken) == 0 || !errors.Is(err, context.Canceled) {
		return err
	}
	var part *publish.InterruptedError
	if !errors.As(err, &part) {
		part = &publish.InterruptedError{Err: err}
	}
	part.Done = append(slices.Clone(r.taken), part.Done...)
	return part
}

// writer makes the outputs of a packing: the layer once, everything else from
// the finished layer.
type writer struct {
	*packing
	ui     *ui
	out    io.Writer
	dests  []*destination
	blob   *os.File // the finished layer
	scrap  string   // a temporary file that held it
	size   int64    // of the layer's tar
	result result
}

// write makes every output, and shows none of them unless all were made and
// stdout has taken the answer.
func (p *packing) write(ctx context.Context, out io.Writer, u *ui) (*result, error) {
	w := &writer{packing: p, ui: u, out: out}
	defer w.cleanUp()
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	var err error
	if w.size, err = p.tree.TarSize(rootfs.Options{Timestamp: p.created}); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{w.layer, w.images, w.loadImage, w.pushImage, w.settle} {
		err := step(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, w.result.stopped(err)
		}
	}
	if err := p.answer(u, &w.result, out); err != nil {
		return nil, err
	}
	return &w.result, w.commit()
}

// open prepares all destinations and refuses those that are inputs.
func (w *writer) open(ctx context.Context) error {
	in := w.inputs()
	var errs []error
	for _, out := range w.outputs {
		d, err := openDestination(ctx, out, w.out)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		w.dests = append(w.dests, d)
		if what := in.has(d); what != "" {
			errs = append(errs, withHint(fmt.Errorf("%s: the output is also an input: %s", d.dest, what), "write it elsewhere with -o"))
		}
	}
	return errors.Join(errs...)
}

// layer writes the compressed layer where it is needed as a whole: into the
// first file that is to hold just that, else to stdout or a scratch file.
func (w *writer) layer(ctx context.Context) error {
	home, needed := w.layerHome()
	if !needed {
		return nil
	}
	o := w.options(rootfs.Gzip)
	switch {
	case home != nil && home.stdout != nil:
		sum, err := w.tree.WriteLayer(ctx, home.stdout, o)
		w.result.sum, home.size = sum, sum.Size
		return outputError(home, err)
	case home != nil:
		w.blob = home.file
	default:
		scrap, err := os.CreateTemp("", "mkrootfs-*.tar.gz")
		if err != nil {
			return &scrapError{err}
		}
		w.blob, w.scrap = scrap, scrap.Name()
	}
	sum, err := w.tree.WriteLayer(ctx, w.blob, o)
	w.result.sum = sum
	if home != nil {
		home.size = sum.Size
		return outputError(home, err)
	}
	if isWrite(err) {
		return &scrapError{err}
	}
	return err
}

// layerHome returns the output that the layer is written to directly, and
// whether a compressed layer is needed at all.
func (w *writer) layerHome() (home *destination, needed bool) {
	needed = w.push
	for _, d := range w.dests {
		if d.kind != kindTar {
			needed = true
		}
	}
	for _, d := range w.dests {
		if d.kind == kindTar && !d.uncompressed && d.pending != nil {
			return d, true
		}
	}
	if needed {
		return nil, true
	}
	for _, d := range w.dests {
		if d.kind == kindTar && !d.uncompressed && !needed {
			if len(w.dests) == 1 {
				return d, true
			}
			return nil, true
		}
	}
	return nil, false
}

func (w *writer) options(c rootfs.Compression) rootfs.Options {
	return rootfs.Options{Timestamp: w.created, Compression: c, Level: w.level, Progress: w.ui.progressOf(w.size)}
}

// images writes every output but the one that already is the layer.
func (w *writer) images(ctx context.Context) error {
	for _, d := range w.dests {
		if d.size > 0 || d.kind == kindOCIDir {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := outputError(d, w.image(ctx, d)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) image(ctx context.Context, d *destination) error {
	to := &counter{ctx: ctx, w: d.writer()}
	defer func() { d.size = to.n }()
	if d.kind == kindTar {
		return w.rootfs(ctx, d, to)
	}
	if d.kind == kindDocker {
		img, err := w.newImage(image.Docker)
		if err != nil {
			return err
		}
		return image.WriteDockerArchive(to, img, w.tags...)
	}
	img, err := w.newImage(image.OCI)
	if err != nil {
		return err
	}
	return image.WriteOCIArchive(to, img, w.tags...)
}

// rootfs writes the root file system once more: packed, or as a plain tar.
func (w *writer) rootfs(ctx context.Context, d *destination, to io.Writer) error {
	if d.uncompressed {
		sum, err := w.tree.WriteLayer(ctx, to, w.options(rootfs.Uncompressed))
		if w.result.sum.DiffID == "" {
			w.result.sum = sum
		}
		return err
	}
	_, err := io.Copy(to, io.NewSectionReader(w.blob, 0, w.result.sum.Size))
	return err
}

// newImage describes the finished layer as an image of the given format, which
// --format overrules, and keeps its digests for the account.
func (w *writer) newImage(format image.Format) (v1.Image, error) {
	config := w.config
	if config.Format = format; w.format != "" {
		config.Format = w.format
	}
	if config.Format == image.Docker {
		config.Annotations = nil
	}
	info := image.LayerInfo{Size: w.result.sum.Size, Open: w.openBlob}
	var err error
	if info.Digest, err = v1.NewHash(w.result.sum.Digest); err != nil {
		return nil, err
	}
	if info.DiffID, err = v1.NewHash(w.result.sum.DiffID); err != nil {
		return nil, err
	}
	img, err := image.New(image.NewLayer(info), config)
	if err != nil {
		return nil, err
	}
	if w.result.imageID, err = img.ConfigName(); err != nil {
		return nil, err
	}
	if format == image.OCI {
		w.result.digest, err = img.Digest()
	}
	return img, err
}

// openBlob opens the finished layer anew, so that several readers of it have
// an offset each.
func (w *writer) openBlob() (io.ReadCloser, error) { return os.Open(w.blob.Name()) }

// loadImage sends the image to the engine of this machine, its layer as it is
// made.
func (w *writer) loadImage(ctx context.Context) error {
	if !w.load {
		return nil
	}
	engine, err := publish.Lookup{}.Find(ctx)
	if err != nil {
		return err
	}
	config := w.config
	config.Format, config.Annotations = image.Docker, nil
	archive := image.EngineArchive{Config: config, Tags: w.tags, Size: w.size, Layer: func(to io.Writer) (v1.Hash, error) {
		sum, err := w.tree.WriteLayer(ctx, to, w.options(rootfs.Uncompressed))
		if err != nil {
			return v1.Hash{}, err
		}
		if w.result.sum.DiffID == "" {
			w.result.sum = sum
		}
		return v1.NewHash(sum.DiffID)
	}}
	w.result.engine, w.result.command = engine.Name+" at "+engine.Host, engine.Name
	_, err = engine.Load(ctx, func(to io.Writer) error {
		id, err := archive.Write(to)
		w.result.imageID = id
		return err
	})
	if err == nil {
		w.result.taken = append(w.result.taken, w.result.engine)
	}
	return err
}

// pushImage sends the image to the registry of each tag.
func (w *writer) pushImage(ctx context.Context) error {
	if !w.push {
		return nil
	}
	img, err := w.newImage(image.OCI)
	if err != nil {
		return err
	}
	w.result.pushed, err = publish.Push(ctx, img, w.tags, publish.PushOptions{Insecure: w.insecure})
	w.result.taken = append(w.result.taken, w.result.pushed...)
	return err
}

// settle tells the result all that it needs before anything is shown.
func (w *writer) settle(context.Context) error {
	for _, d := range w.dests {
		if d.kind == kindOCIDir {
			if _, err := w.newImage(image.OCI); err != nil {
				return err
			}
			d.size = w.result.sum.Size
		}
	}
	w.result.written = w.dests
	return nil
}

// commit shows the outputs under their names. Layouts, which are changed in
// place, come first: when one cannot be written the files are not there yet.
func (w *writer) commit() error {
	for _, d := range w.dests {
		if d.kind != kindOCIDir {
			continue
		}
		img, err := w.newImage(image.OCI)
		if err != nil {
			return err
		}
		if err := image.WriteOCILayout(d.dest, img, w.tags...); err != nil {
			return err
		}
	}
	for _, d := range w.dests {
		if err := d.commit(); err != nil {
			return err
		}
		d.pending, d.file = nil, nil
	}
	return nil
}

// cleanUp removes what was not committed.
func (w *writer) cleanUp() {
	for _, d := range w.dests {
		d.abandon()
	}
	if w.scrap != "" {
		_ = w.blob.Close()
		_ = os.Remove(w.scrap)
	}
}

// outputError puts the output's name before an error of writing it.
func outputError(d *destination, err error) error {
	if isWrite(err) {
		return destError(d.name(), err)
	}
	return err
}

// isWrite tells whether an error is one of writing a file.
func isWrite(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) && (path.Op == "write" || path.Op == "copy_file_range")
}

// counter counts what passes through it, until the context ends.
type counter struct {
	ctx context.Context
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

// ReadFrom lets a file be copied by the kernel where both ends are files.
func (c *counter) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(c.w, r)
	c.n += n
	return n, err
}
