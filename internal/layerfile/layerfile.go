// Package layerfile keeps the finished layer of an image in a file, from which any number
// of outputs can be made. Its caveat: the file may have no name. Start with Scratch.
package layerfile

import (
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/explain"
	"github.com/mkrootfs/mkrootfs/internal/iocopy"
	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Layer is a finished, compressed layer. The zero value means that there is none.
type Layer struct {
	Sum  rootfs.Sum
	file *pending.File
	temp bool // file is a temporary one
}

// In returns the layer in file, which may be nil if nothing reads the layer.
func In(file *pending.File, sum rootfs.Sum) Layer { return Layer{Sum: sum, file: file} }

// Scratch returns the layer that write writes to a temporary file. Close removes it.
func Scratch(write func(io.Writer) (rootfs.Sum, error)) (l Layer, err error) {
	if l.file, err = pending.Scratch("", "mkrootfs-layer"); err != nil {
		return Layer{}, &explain.ScratchError{Err: dest.Cause(err)}
	}
	l.temp = true
	l.Sum, err = write(l.file)
	if err == nil {
		return l, nil
	}
	l.Close()
	if dest.IsWriteError(err) {
		err = &explain.ScratchError{Err: dest.Cause(err)}
	}
	return Layer{}, err
}

// Close removes the temporary file, if there is one.
func (l Layer) Close() {
	if l.temp {
		l.file.Abandon()
	}
}

// Open returns a new reader of the layer.
func (l Layer) Open() (io.ReadCloser, error) { return l.file.Open(l.Sum.Size), nil }

// CopyTo writes the layer to w.
func (l Layer) CopyTo(w io.Writer) error {
	from, err := l.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = iocopy.N(w, from, l.Sum.Size)
	return err
}

// Image returns an image that has only this layer. In the docker format it leaves out the
// annotations of config.
func (l Layer) Image(config image.Config) (v1.Image, error) {
	if config.Format == image.Docker {
		config.Annotations = nil
	}
	info := image.LayerInfo{Size: l.Sum.Size, Open: l.Open}
	var err error
	if info.Digest, err = v1.NewHash(l.Sum.Digest); err != nil {
		return nil, err
	}
	if info.DiffID, err = v1.NewHash(l.Sum.DiffID); err != nil {
		return nil, err
	}
	return image.New(image.NewLayer(info), config)
}
