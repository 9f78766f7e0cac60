package image

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// engineLayer is the layer's name in an EngineArchive, the one that `docker
// save` had for it; its digest is not known yet when the name is written.
const engineLayer = "layer.tar"

// EngineArchive is a docker archive written in one pass, while its layer is
// still being made. The layer is not compressed: an engine on the same machine
// would only unpack it again.
//
// An engine takes an archive as a whole before it looks for manifest.json, and
// so does not mind that here it comes last. It also means that an archive that
// breaks off can never be half an image.
type EngineArchive struct {
	Config Config
	Tags   []name.Tag
	// Size is how many bytes Layer is going to write.
	Size int64
	// Layer writes the layer's tar and returns its diffID.
	Layer func(w io.Writer) (diffID v1.Hash, err error)
}

// Write writes the archive to w and returns the image's id, which is the
// digest of its configuration. An error of Layer comes back wrapped, and so
// does one of w. What Config.Check refuses is an error before anything is
// written.
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

// putLayer is tarSink.put for a content that is made as it is written.
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
	return nil, errors.New("the layer went by and was not kept")
}

// exactWriter passes on as many bytes as were announced, and refuses more.
type exactWriter struct {
	w    io.Writer
	left int64
}

func (e *exactWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > e.left {
		return 0, errors.New("more bytes than were announced")
	}
	n, err := e.w.Write(p)
	e.left -= int64(n)
	return n, err
}
