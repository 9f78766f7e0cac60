package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/publish"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// result is what came out, for the account.
type result struct {
	sum     rootfs.Sum
	written []*destination
	imageID v1.Hash // the digest of the configuration: what an engine calls the image
	digest  v1.Hash // of the manifest; zero where none was made
	pushed  []string
	engine  string // where the image was loaded
	command string // that engine's own: docker or podman
}

// writer makes the outputs of a packing: the layer once, everything else from
// the finished layer.
type writer struct {
	*packing
	ui      *ui
	out     io.Writer
	dests   []*destination
	blob    *pending.File // the finished layer, an output or the scratch file
	scratch *pending.File // holds the layer where no output is to be just that
	size    int64         // of the layer's tar
	sent    []string      // what engine and registry have got
	result  result
}

// write makes every output, and shows none of them unless all were made. The
// order is: every byte of every output written, synced and closed; then --load
// and --push, which cannot be taken back; then what remains before the renames;
// then the answer on stdout; then the renames. What fails before the first
// rename leaves all files and layouts as they were.
func (p *packing) write(ctx context.Context, out io.Writer, u *ui) (*result, error) {
	w := &writer{packing: p, ui: u, out: out}
	defer w.cleanUp()
	if err := w.prepare(ctx); err != nil {
		return nil, w.partial(err, nil, w.dests)
	}
	if err := w.commit(ctx); err != nil {
		return nil, err
	}
	return &w.result, nil
}

// prepare does all that may fail before the renames.
func (w *writer) prepare(ctx context.Context) (err error) {
	if err := w.open(ctx); err != nil {
		return err
	}
	if w.size, err = w.tree.TarSize(rootfs.Options{Timestamp: w.created}); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.layer, w.images, w.finish, w.loadImage, w.pushImage, w.stage, w.answer} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// open prepares all destinations and refuses those that are inputs.
func (w *writer) open(ctx context.Context) error {
	in := w.inputs()
	taken := map[string]bool{}
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
		if taken[d.real] {
			errs = append(errs, withHint(fmt.Errorf("%s: another output has this place, by a symlink", d.dest), "each output needs a destination of its own"))
		}
		taken[d.real] = d.real != ""
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
	if home == nil {
		return w.scratchLayer(ctx)
	}
	if m, ok := home.medium.(*fileMedium); ok {
		w.blob = m.file
	}
	sum, err := w.tree.WriteLayer(ctx, home.to, w.options(rootfs.Gzip))
	w.result.sum, home.size = sum, sum.Size
	return outputError(home, err)
}

// scratchLayer writes the layer to a file that ends with this process.
func (w *writer) scratchLayer(ctx context.Context) (err error) {
	if w.scratch, err = pending.Scratch("", "mkrootfs-layer"); err != nil {
		return &scrapError{bare(err)}
	}
	w.blob = w.scratch
	w.result.sum, err = w.tree.WriteLayer(ctx, w.blob, w.options(rootfs.Gzip))
	if isWrite(err) {
		return &scrapError{bare(err)}
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
		if _, isFile := d.medium.(*fileMedium); isFile && d.kind == kindTar && !d.uncompressed {
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
		if d.size > 0 {
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
	if layout, ok := d.medium.(*layoutMedium); ok {
		return w.layout(ctx, d, layout)
	}
	to := &counter{ctx: ctx, w: d.to}
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

func (w *writer) layout(ctx context.Context, d *destination, m *layoutMedium) error {
	img, err := w.newImage(image.OCI)
	if err != nil {
		return err
	}
	d.size = w.result.sum.Size
	return m.prepare(ctx, img, w.tags)
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
	from, err := w.openBlob()
	if err != nil {
		return err
	}
	defer from.Close()
	n, err := iocopy.N(to, from, w.result.sum.Size)
	if err == nil && n < w.result.sum.Size {
		err = io.ErrUnexpectedEOF
	}
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
// an offset each. It needs no name for that, which the layer may not have.
func (w *writer) openBlob() (io.ReadCloser, error) {
	return w.blob.Open(w.result.sum.Size), nil
}

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
	if err != nil {
		return err
	}
	w.sent = append(w.sent, w.result.engine)
	return nil
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
	var interrupted *publish.InterruptedError
	if !errors.As(err, &interrupted) { // which names the tags itself
		w.sent = append(w.sent, w.result.pushed...)
	}
	return err
}

// cleanUp removes what was not committed.
func (w *writer) cleanUp() {
	for _, d := range w.dests {
		d.abandon()
	}
	if w.scratch != nil {
		w.scratch.Abandon()
	}
}

// outputError puts the output's name before an error of writing it.
func outputError(d *destination, err error) error {
	if isWrite(err) {
		return destError(d.name(), err)
	}
	return err
}

// isWrite reports whether an error is one of writing a file.
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
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := io.Copy(c.w, r)
	c.n += n
	return n, err
}
