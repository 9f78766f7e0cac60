package image

import (
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// LayerInfo is all there is to know about a finished layer.
type LayerInfo struct {
	Digest v1.Hash // of the bytes that Open returns
	DiffID v1.Hash // of the tar inside; equal to Digest when it is not compressed
	Size   int64   // of the bytes that Open returns
	// Open returns the layer as stored. It may be called any number of times,
	// also at once. An *os.File is copied without passing through this process
	// where the system can.
	Open        func() (io.ReadCloser, error)
	Compression Compression
}

// OpenFile returns an Open for a layer that is a file of its own.
func OpenFile(name string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return os.Open(name) }
}

// NewLayer returns the layer that info describes, with OCI's media type; New
// changes that as its format asks. It reads nothing: what info says is taken
// for true, which is what makes a further output of the same layer cheap.
func NewLayer(info LayerInfo) v1.Layer {
	if info.Compression == "" {
		info.Compression = Gzip
	}
	return &layer{info: info}
}

// layer is a v1.Layer that knows its sums.
type layer struct{ info LayerInfo }

func (l *layer) Digest() (v1.Hash, error)           { return l.info.Digest, nil }
func (l *layer) DiffID() (v1.Hash, error)           { return l.info.DiffID, nil }
func (l *layer) Size() (int64, error)               { return l.info.Size, nil }
func (l *layer) Compressed() (io.ReadCloser, error) { return l.info.Open() }

func (l *layer) MediaType() (types.MediaType, error) {
	mt, ok := ociTypes.layer[l.info.Compression]
	if !ok {
		return "", fmt.Errorf("layer compression %q: must be gzip, zstd or uncompressed", l.info.Compression)
	}
	return mt, nil
}

// Uncompressed returns the tar. Nothing in this package asks for it.
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	full, err := partial.CompressedToLayer(l)
	if err != nil {
		return nil, err
	}
	return full.Uncompressed()
}

// retype returns l as a layer whose media type is one of format's.
func retype(l partial.CompressedLayer, format Format) (v1.Layer, error) {
	full, err := checked(l)
	if err != nil {
		return nil, err
	}
	have, err := full.MediaType()
	if err != nil {
		return nil, err
	}
	types, err := format.mediaTypes()
	if err != nil {
		return nil, err
	}
	want, ok := types.layer[compressionOf(have)]
	if !ok {
		return nil, fmt.Errorf("a %s layer needs the OCI format: docker has no media type for it", compressionOf(have))
	}
	if want == have {
		return full, nil
	}
	return typedLayer{Layer: full, mediaType: want}, nil
}

// checked returns l as a full layer, once it is plain that it has sums.
func checked(l partial.CompressedLayer) (v1.Layer, error) {
	full, ok := l.(v1.Layer)
	if !ok {
		var err error
		if full, err = partial.CompressedToLayer(l); err != nil {
			return nil, err
		}
	}
	digest, err := full.Digest()
	if err != nil {
		return nil, err
	}
	diffID, err := full.DiffID()
	if err != nil {
		return nil, err
	}
	if digest == (v1.Hash{}) || diffID == (v1.Hash{}) {
		return nil, errors.New("layer without digest or diffID")
	}
	return full, nil
}

// typedLayer is a layer under another media type.
type typedLayer struct {
	v1.Layer
	mediaType types.MediaType
}

func (l typedLayer) MediaType() (types.MediaType, error) { return l.mediaType, nil }
