package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Limits for what prune reads. Beyond them it removes nothing.
const (
	maxPruneBlobs = 100_000
	maxPruneBytes = 64 << 20 // of all documents together
	maxPruneDepth = 8        // of indexes in indexes
)

// replacement has the entries of the new index and those that it has no longer.
type replacement struct{ kept, gone []v1.Descriptor }

// prune removes from the layout in root the blobs that the entries in r.gone need
// and none in r.kept does. If it cannot determine what an entry needs, it removes
// nothing: an unneeded blob wastes space, but a missing one breaks an image. For
// the same reason it is no error if a blob cannot be removed.
func prune(root *os.Root, r replacement) {
	if len(r.gone) == 0 {
		return
	}
	gone, err := blobsOf(root, r.gone)
	if err == nil {
		removeUnneeded(root, r.kept, slices.Collect(maps.Keys(gone)))
	}
}

// removeUnneeded removes those of blobs that no entry in kept needs.
func removeUnneeded(root *os.Root, kept []v1.Descriptor, blobs []v1.Hash) {
	needed, err := blobsOf(root, kept)
	if err != nil {
		return
	}
	for _, h := range blobs {
		if !needed[h] {
			_ = root.Remove(filepath.FromSlash(blobName(h)))
		}
	}
}

// blobsOf returns the blobs that the entries need.
func blobsOf(root *os.Root, entries []v1.Descriptor) (map[v1.Hash]bool, error) {
	s := newBlobSet(root)
	for _, d := range entries {
		if err := s.add(blobRef{d.MediaType, d.Digest}, 0); err != nil {
			return nil, err
		}
	}
	return s.blobs, nil
}

// blobRef is the part of a descriptor that prune reads.
type blobRef struct {
	MediaType types.MediaType `json:"mediaType"`
	Digest    v1.Hash         `json:"digest"`
}

// blobSet collects the blobs that entries need.
type blobSet struct {
	root  *os.Root
	blobs map[v1.Hash]bool
	read  map[v1.Hash]bool // of these, the documents that were looked into
	left  int64            // how many bytes of documents may still be read
}

func newBlobSet(root *os.Root) *blobSet {
	return &blobSet{root: root, blobs: make(map[v1.Hash]bool), read: make(map[v1.Hash]bool), left: maxPruneBytes}
}

// put adds one blob to the set.
func (s *blobSet) put(h v1.Hash) error {
	if h == (v1.Hash{}) {
		return errors.New("a descriptor without a digest")
	}
	if len(s.blobs) == maxPruneBlobs {
		return fmt.Errorf("more than %d blobs", maxPruneBlobs)
	}
	s.blobs[h] = true
	return nil
}

// add adds the blob of d and the blobs that it refers to.
func (s *blobSet) add(d blobRef, depth int) error {
	if s.read[d.Digest] {
		return nil
	}
	s.read[d.Digest] = true
	if err := s.put(d.Digest); err != nil {
		return err
	}
	if !d.MediaType.IsImage() && !d.MediaType.IsIndex() || depth > maxPruneDepth {
		return fmt.Errorf("%s: unknown media type", d.MediaType)
	}
	manifests, others, err := s.refs(d.Digest)
	if err != nil {
		return err
	}
	for _, o := range others {
		if err := s.put(o.Digest); err != nil {
			return err
		}
	}
	for _, m := range manifests {
		if err := s.add(m, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// refs returns what a manifest or an index refers to.
func (s *blobSet) refs(h v1.Hash) (manifests, others []blobRef, err error) {
	b, err := readDocument(s.root, blobName(h))
	if err != nil {
		return nil, nil, err
	}
	if s.left -= int64(len(b)); s.left < 0 {
		return nil, nil, fmt.Errorf("more than %d bytes of documents", maxPruneBytes)
	}
	// A manifest has config and layers, an index has manifests.
	var doc struct {
		Manifests limited[blobRef] `json:"manifests"`
		Config    *blobRef         `json:"config"`
		Layers    limited[blobRef] `json:"layers"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, nil, err
	}
	if doc.Config != nil {
		doc.Layers = append(doc.Layers, *doc.Config)
	}
	return doc.Manifests, doc.Layers, nil
}
