package image

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// prune removes from the layout dir the blobs that the entries in gone needed
// and none in kept does. Where it cannot tell what an entry needs, it removes
// nothing: a blob too many is waste, one too few a broken image.
func prune(dir string, kept, gone []v1.Descriptor) {
	needed := make(blobSet)
	for _, d := range kept {
		if needed.add(dir, d) != nil {
			return
		}
	}
	unneeded := make(blobSet)
	for _, d := range gone {
		if unneeded.add(dir, d) != nil {
			return
		}
	}
	for h := range unneeded {
		if !needed[h] {
			os.Remove(filepath.Join(dir, filepath.FromSlash(blobName(h))))
		}
	}
}

type blobSet map[v1.Hash]bool

// add adds the blob of d and those that it refers to.
func (s blobSet) add(dir string, d v1.Descriptor) error {
	if s[d.Digest] {
		return nil
	}
	s[d.Digest] = true
	if !d.MediaType.IsImage() && !d.MediaType.IsIndex() {
		return fmt.Errorf("%s: cannot tell what it refers to", d.MediaType)
	}
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(blobName(d.Digest))))
	if err != nil {
		return err
	}
	// One document has manifests, the other config and layers.
	var doc struct {
		Manifests []v1.Descriptor `json:"manifests"`
		Config    v1.Descriptor   `json:"config"`
		Layers    []v1.Descriptor `json:"layers"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return err
	}
	for _, l := range append(doc.Layers, doc.Config) {
		s[l.Digest] = true
	}
	for _, m := range doc.Manifests {
		if err := s.add(dir, m); err != nil {
			return err
		}
	}
	return nil
}
