package image

import (
	"encoding/json"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// WriteDockerArchive writes the format of `docker save` since version 1.10, which
// `docker load` and `podman load` read (moby, image/spec/v1.2.md, "Combined Image
// JSON + Filesystem Changeset Format"): manifest.json, the configuration, and each
// layer as it is stored, named after their digests. The small files come first, so
// that a reader finds them without reading the layer. Without tags the image has
// only its ID.
//
// Errors of w are wrapped. After an error, what was written is not a valid archive.
func WriteDockerArchive(w io.Writer, img v1.Image, tags ...name.Tag) error {
	config, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	id, err := img.ConfigName()
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		if names[i], err = layerFile(l); err != nil {
			return err
		}
	}
	s, err := newTarSink(w, img)
	if err != nil {
		return err
	}
	configName := id.Hex + ".json"
	if err := putDockerManifest(s, tags, configName, names...); err != nil {
		return err
	}
	if err := s.put(configName, bytesContent(config)); err != nil {
		return err
	}
	if err := putLayers(s, layers, names); err != nil {
		return err
	}
	return s.close()
}

// layerFile returns the name of a layer in a docker archive. Engines detect the
// compression by the first bytes; the suffix is for people and other tools.
func layerFile(l v1.Layer) (string, error) {
	digest, err := l.Digest()
	if err != nil {
		return "", err
	}
	mt, err := l.MediaType()
	return digest.Hex + extension(mt), err
}

// putLayers writes layers under their names, each layer once.
func putLayers(s sink, layers []v1.Layer, names []string) error {
	done := make(map[string]bool)
	for i, l := range layers {
		if done[names[i]] {
			continue
		}
		done[names[i]] = true
		c, err := layerContent(l)
		if err != nil {
			return err
		}
		if err := s.put(names[i], c); err != nil {
			return about("layer", err)
		}
	}
	return nil
}

// putDockerManifest writes manifest.json, which names the configuration and the layers.
func putDockerManifest(s sink, tags []name.Tag, config string, layers ...string) error {
	m := tarball.Descriptor{Config: config, Layers: layers}
	for _, t := range tags {
		m.RepoTags = append(m.RepoTags, Familiar(t))
	}
	b, err := json.Marshal(tarball.Manifest{m})
	if err != nil {
		return err
	}
	return s.put("manifest.json", bytesContent(b))
}

// newTarSink returns a sink whose files have the time of the image.
func newTarSink(w io.Writer, img v1.Image) (tarSink, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return tarSink{}, err
	}
	return tarSink{w: w, mtime: file.Created.Time}, nil
}
