package image

import (
	"encoding/json"
	"io"
	"path"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Names of an image layout (image-spec, image-layout.md).
const (
	layoutFile = "oci-layout"
	indexFile  = "index.json"
	blobsDir   = "blobs"
)

const (
	// refName is the tag alone. skopeo and umoci compare it with the tag of
	// DIR:TAG, and BuildKit writes it (image-spec, annotations.md).
	refName = "org.opencontainers.image.ref.name"
	// imageName is the whole name. containerd and podman load prefer it
	// (containerd, images/annotations.go; containers/common, libimage/load.go,
	// nameFromAnnotations).
	imageName = "io.containerd.image.name"
)

// layoutContent is the content of the file oci-layout.
const layoutContent = `{"imageLayoutVersion":"1.0.0"}`

// WriteOCIArchive writes an OCI image layout as a tar archive. index.json has an
// entry for each tag. Like `docker save` since version 25, it adds the
// manifest.json of a docker archive. That needs few bytes, and then every version
// of `docker load` reads the archive; podman needs it if there are several tags.
//
// Errors of w are wrapped. After an error, what was written is not a valid archive.
func WriteOCIArchive(w io.Writer, img v1.Image, tags ...name.Tag) error {
	s, err := newTarSink(w, img)
	if err != nil {
		return err
	}
	entries, err := indexEntries(img, tags)
	if err != nil {
		return err
	}
	if err := s.put(layoutFile, bytesContent([]byte(layoutContent))); err != nil {
		return err
	}
	if err := putIndex(s, newIndex(entries)); err != nil {
		return err
	}
	if err := putBlobManifest(s, img, tags); err != nil {
		return err
	}
	if err := putBlobs(s, img); err != nil {
		return err
	}
	return s.close()
}

// putBlobManifest writes a manifest.json that refers to the blobs of a layout.
func putBlobManifest(s sink, img v1.Image, tags []name.Tag) error {
	id, err := img.ConfigName()
	if err != nil {
		return err
	}
	layers, err := blobNames(img)
	if err != nil {
		return err
	}
	return putDockerManifest(s, tags, blobName(id), layers...)
}

// blobNames returns the paths of img's layers.
func blobNames(img v1.Image) ([]string, error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return nil, err
		}
		names[i] = blobName(digest)
	}
	return names, nil
}

func newIndex(entries []v1.Descriptor) *v1.IndexManifest {
	return &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: entries}
}

func putIndex(s sink, index *v1.IndexManifest) error {
	b, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return s.put(indexFile, bytesContent(b))
}

// indexEntries returns the entries of index.json for img: one for each tag, or
// one without a name.
func indexEntries(img v1.Image, tags []name.Tag) ([]v1.Descriptor, error) {
	d, err := describe(img)
	if err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		return []v1.Descriptor{d}, nil
	}
	entries := make([]v1.Descriptor, len(tags))
	for i, t := range tags {
		entries[i] = d
		entries[i].Annotations = map[string]string{refName: t.TagStr(), imageName: Qualified(t)}
	}
	return entries, nil
}

// describe returns a descriptor of img. (That of partial.Descriptor has an artifact
// type.)
func describe(img v1.Image) (v1.Descriptor, error) {
	var d v1.Descriptor
	var err error
	if d.MediaType, err = img.MediaType(); err != nil {
		return d, err
	}
	if d.Digest, err = img.Digest(); err != nil {
		return d, err
	}
	if d.Size, err = img.Size(); err != nil {
		return d, err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return d, err
	}
	d.Platform = file.Platform()
	return d, nil
}

// putBlobs writes layers, configuration and manifest in this order, so that a file
// is written after those that it refers to.
func putBlobs(s sink, img v1.Image) error {
	if err := mkBlobDirs(s); err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	names, err := blobNames(img)
	if err != nil {
		return err
	}
	if err := putLayers(s, layers, names); err != nil {
		return err
	}
	if err := putNamed(s, img.ConfigName, img.RawConfigFile); err != nil {
		return err
	}
	return putNamed(s, img.Digest, img.RawManifest)
}

func mkBlobDirs(s sink) error {
	if err := s.mkdir(blobsDir); err != nil {
		return err
	}
	return s.mkdir(path.Join(blobsDir, "sha256"))
}

// putNamed writes a small document under the name of its digest.
func putNamed(s sink, digest func() (v1.Hash, error), raw func() ([]byte, error)) error {
	h, err := digest()
	if err != nil {
		return err
	}
	b, err := raw()
	if err != nil {
		return err
	}
	return s.put(blobName(h), bytesContent(b))
}

func blobName(h v1.Hash) string { return path.Join(blobsDir, h.Algorithm, h.Hex) }
