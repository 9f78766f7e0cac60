package image

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Format names a family of media types.
type Format string

// The two families. They differ in media types alone; the layer's bytes and
// those of the configuration are the same in both.
const (
	OCI    Format = "oci"    // application/vnd.oci.image.… (image-spec, media-types.md)
	Docker Format = "docker" // application/vnd.docker.… (Image Manifest Version 2, Schema 2)
)

// ParseFormat takes "oci" or "docker".
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case OCI, Docker:
		return f, nil
	}
	return "", fmt.Errorf("format %q: must be oci or docker", s)
}

// Compression says how a layer's tar is stored, in BuildKit's words. The zero
// value means Gzip.
type Compression string

// What a layer may be stored as.
const (
	Gzip         Compression = "gzip"
	Zstd         Compression = "zstd"
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
		Zstd:         types.OCILayerZStd,
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

// compressionOf returns how a layer of this media type is stored. Types that
// are not known count as gzip, which the older ones all are.
func compressionOf(mt types.MediaType) Compression {
	switch mt {
	case types.OCILayerZStd:
		return Zstd
	case types.OCIUncompressedLayer, types.OCIUncompressedRestrictedLayer, types.DockerUncompressedLayer:
		return Uncompressed
	}
	return Gzip
}

// extension returns the ending of a layer's file name.
func (c Compression) extension() string {
	switch c {
	case Zstd:
		return ".tar.zst"
	case Uncompressed:
		return ".tar"
	}
	return ".tar.gz"
}
