package image

import (
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// LayerInfo describes a finished layer.
type LayerInfo struct {
	Digest v1.Hash // of the bytes that Open returns
	DiffID v1.Hash // of the tar inside; equal to Digest when it is not compressed
	Size   int64   // of the bytes that Open returns
	// Open returns the layer as it is stored. It may be called several times and
	// by several goroutines. If it returns an *os.File, the kernel copies the
	// file where it can.
	Open        func() (io.ReadCloser, error)
	Compression Compression
}

// NewLayer returns the layer that info describes, with the media type of OCI; New
// changes that to the one of its format. NewLayer does not read the layer and does
// not check info, so that further outputs of the same layer cost little.
func NewLayer(info LayerInfo) v1.Layer {
	if info.Compression == "" {
		info.Compression = Gzip
	}
	return &layer{info: info}
}

// layer is a v1.Layer whose digest, diffID and size are known.
type layer struct{ info LayerInfo }

func (l *layer) Digest() (v1.Hash, error)           { return l.info.Digest, nil }
func (l *layer) DiffID() (v1.Hash, error)           { return l.info.DiffID, nil }
func (l *layer) Size() (int64, error)               { return l.info.Size, nil }
func (l *layer) Compressed() (io.ReadCloser, error) { return l.info.Open() }

func (l *layer) MediaType() (types.MediaType, error) {
	mt, ok := ociTypes.layer[l.info.Compression]
	if !ok {
		return "", fmt.Errorf("layer compression %q: must be gzip or uncompressed", l.info.Compression)
	}
	return mt, nil
}

// Uncompressed returns the tar. Nothing in this package calls it.
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	full, err := partial.CompressedToLayer(l)
	if err != nil {
		return nil, err
	}
	return full.Uncompressed()
}

// retype returns l with a media type of format.
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
	compression, err := compressionOf(have)
	if err != nil {
		return nil, err
	}
	want := types.layer[compression]
	if want == have {
		return full, nil
	}
	return typedLayer{Layer: full, mediaType: want}, nil
}

// checked returns l as a full layer, or an error if it has no digest or diffID.
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

// typedLayer is a layer with another media type.
type typedLayer struct {
	v1.Layer
	mediaType types.MediaType
}

func (l typedLayer) MediaType() (types.MediaType, error) { return l.mediaType, nil }
