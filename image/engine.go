package image

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// engineLayer is the name of the layer in an EngineArchive, as in archives of old
// versions of `docker save`. The digest of the layer is not known when the name is
// written.
const engineLayer = "layer.tar"

// EngineArchive is a docker archive that is written in one pass, while its layer is
// being made. The layer is not compressed, since an engine on the same machine
// would only uncompress it again.
//
// An engine receives an archive completely before it looks for manifest.json, so
// manifest.json can come last. An incomplete archive therefore never loads as an
// image.
type EngineArchive struct {
	Config Config
	Tags   []name.Tag
	// Size is the number of bytes that Layer writes.
	Size int64
	// Layer writes the layer's tar and returns its diffID.
	Layer func(w io.Writer) (diffID v1.Hash, err error)
}

// Write writes the archive to w and returns the ID of the image, which is the
// digest of its configuration. Errors of Layer and of w are wrapped. If
// Config.Check returns an error, nothing is written.
func (a EngineArchive) Write(w io.Writer) (v1.Hash, error) {
	if err := a.Config.Check(); err != nil {
		return v1.Hash{}, err
	}
	s := tarSink{w: w, mtime: a.Config.created()}
	diffID, err := a.putLayer(s)
	if err != nil {
		return v1.Hash{}, err
	}
	img, err := New(NewLayer(LayerInfo{
		Digest: diffID, DiffID: diffID, Size: a.Size, Compression: Uncompressed, Open: writtenAlready,
	}), a.Config)
	if err != nil {
		return v1.Hash{}, err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return v1.Hash{}, err
	}
	id, err := img.ConfigName()
	if err != nil {
		return v1.Hash{}, err
	}
	configName := id.Hex + ".json"
	if err := s.put(configName, bytesContent(config)); err != nil {
		return v1.Hash{}, err
	}
	if err := putDockerManifest(s, a.Tags, configName, engineLayer); err != nil {
		return v1.Hash{}, err
	}
	return id, s.close()
}

// putLayer writes the layer, which is made at the same time.
func (a EngineArchive) putLayer(s tarSink) (v1.Hash, error) {
	if err := s.header(fileHeader(engineLayer, a.Size)); err != nil {
		return v1.Hash{}, err
	}
	exact := &exactWriter{w: s.w, left: a.Size}
	diffID, err := a.Layer(exact)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("layer: %w", err)
	}
	if exact.left != 0 {
		return v1.Hash{}, fmt.Errorf("layer: %d bytes short of the %d announced", exact.left, a.Size)
	}
	return diffID, s.pad(a.Size)
}

func writtenAlready() (io.ReadCloser, error) {
	return nil, errors.New("the layer was streamed and not kept")
}

// exactWriter passes on the announced number of bytes and refuses more.
type exactWriter struct {
	w    io.Writer
	left int64
}

func (e *exactWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > e.left {
		return 0, errors.New("more bytes than announced")
	}
	n, err := e.w.Write(p)
	e.left -= int64(n)
	return n, err
}
