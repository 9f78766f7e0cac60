package image

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Format is a family of media types.
type Format string

// The formats. They differ in media types alone: the bytes of the layer and of the
// configuration are the same in both.
const (
	OCI    Format = "oci"    // application/vnd.oci.image.… (image-spec, media-types.md)
	Docker Format = "docker" // application/vnd.docker.… (Image Manifest Version 2, Schema 2)
)

// Compression is the compression of a layer, in the terms of BuildKit. The zero
// value is Gzip.
type Compression string

// The compressions of a layer.
const (
	Gzip         Compression = "gzip"
	Uncompressed Compression = "uncompressed"
)

// mediaTypes are the types that one format uses.
type mediaTypes struct {
	manifest, config types.MediaType
	layer            map[Compression]types.MediaType
}

var ociTypes = mediaTypes{
	manifest: types.OCIManifestSchema1,
	config:   types.OCIConfigJSON,
	layer: map[Compression]types.MediaType{
		Gzip:         types.OCILayer,
		Uncompressed: types.OCIUncompressedLayer,
	},
}

var dockerTypes = mediaTypes{
	manifest: types.DockerManifestSchema2,
	config:   types.DockerConfigJSON,
	layer: map[Compression]types.MediaType{
		Gzip:         types.DockerLayer,
		Uncompressed: types.DockerUncompressedLayer,
	},
}

func (f Format) mediaTypes() (mediaTypes, error) {
	switch f {
	case OCI, "":
		return ociTypes, nil
	case Docker:
		return dockerTypes, nil
	}
	return mediaTypes{}, fmt.Errorf("format %q: must be oci or docker", f)
}

// compressionOf returns the compression of a layer of this media type.
func compressionOf(mt types.MediaType) (Compression, error) {
	switch mt {
	case types.OCILayer, types.OCIRestrictedLayer, types.DockerLayer, types.DockerForeignLayer:
		return Gzip, nil
	case types.OCIUncompressedLayer, types.OCIUncompressedRestrictedLayer, types.DockerUncompressedLayer:
		return Uncompressed, nil
	}
	return "", fmt.Errorf("layer of type %q: must be a tar, compressed with gzip or not at all", mt)
}

// extension returns the suffix for the file name of a layer of this media type.
// Layers of images that other tools made may have any type.
func extension(mt types.MediaType) string {
	if mt == types.OCILayerZStd {
		return ".tar.zst"
	}
	if c, err := compressionOf(mt); err == nil && c == Uncompressed {
		return ".tar"
	}
	return ".tar.gz"
}
