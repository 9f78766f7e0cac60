package image

import (
	"context"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// WriteOCILayout writes an OCI image layout (image-spec, image-layout.md) to the
// directory dir, whose parent must exist. It is PrepareOCILayout and the methods
// that follow, for programs that write no other output.
//
// A directory that does not exist is built under a hidden name and then renamed.
// To an existing layout, or an empty directory, the image is added: it replaces
// the entries that have its names (for entries that state only a tag, its tags)
// or, without tags, the nameless entry for its platform; all others stay. Blobs are
// written first and index.json last, each complete and on the disk before it gets
// its name, so that readers see the layout before the change or after it. Then the
// blobs of the replaced image are removed, unless another entry needs them, since
// otherwise a layout would grow by a layer with each build. Blobs that no entry has
// ever named are left alone. Writers of one layout wait for each other.
//
// A symlink at dir is followed, also to a directory that does not exist; symlinks
// inside the layout never lead out of it. It is an error if dir is not a directory
// or contains other files; CheckLayoutDir finds that out beforehand. If a file
// cannot be written, the error is a *WriteError. After an error the layout is as
// it was before, except after an error of Settle. When ctx ends before the image is
// visible, its cause is returned.
func WriteOCILayout(ctx context.Context, dir string, img v1.Image, tags ...name.Tag) error {
	p, err := PrepareOCILayout(ctx, dir, img, tags...)
	if err != nil {
		return err
	}
	defer p.Abandon()
	if err := p.Stage(ctx); err != nil {
		return err
	}
	if err := p.Commit(ctx); err != nil {
		return err
	}
	return p.Settle()
}

// replaceEntries puts entries into index, each at the position of the one that it
// replaces, so that writing the same image again changes nothing. It returns the
// entries that were replaced.
func replaceEntries(index *v1.IndexManifest, entries []v1.Descriptor) (replaced []v1.Descriptor) {
	for _, e := range entries {
		isSame := func(old v1.Descriptor) bool { return isSameEntry(old, e) }
		at := slices.IndexFunc(index.Manifests, isSame)
		if at < 0 {
			index.Manifests = append(index.Manifests, e)
			continue
		}
		replaced = append(replaced, index.Manifests[at])
		index.Manifests[at] = e
		rest := index.Manifests[at+1:]
		for _, old := range rest {
			if isSame(old) {
				replaced = append(replaced, old)
			}
		}
		index.Manifests = append(index.Manifests[:at+1], slices.DeleteFunc(rest, isSame)...)
	}
	return replaced
}

// isSameEntry reports whether one of two entries replaces the other. If both state
// their whole name, that is compared: a:1 and b:1 are two images. skopeo and umoci
// write the tag alone; such an entry is replaced by any image with that tag. Of two
// entries without a name, equal platforms are replaced; entries of other tools
// mostly state no platform and stay.
func isSameEntry(a, b v1.Descriptor) bool {
	if a.Annotations[refName] != b.Annotations[refName] {
		return false
	}
	if x, y := a.Annotations[imageName], b.Annotations[imageName]; x != "" && y != "" {
		return x == y
	}
	if a.Annotations[refName] != "" {
		return true
	}
	return a.Digest == b.Digest || a.Platform != nil && b.Platform != nil && a.Platform.Equals(*b.Platform)
}
