package image

import (
	"context"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// WriteOCILayout writes an OCI image layout to the directory dir (image-spec,
// image-layout.md), whose parent must exist. It is PrepareOCILayout and the
// steps that follow it, for a layout that is the only output.
//
// A directory that is not there yet is built beside its place and renamed into
// it. An existing layout (or an empty directory) is added to: the image takes
// the place of the entries that have its names (of those that state only a tag,
// its tags), or, without tags, of the nameless entry for its platform; all others stay.
// Blobs come first and index.json last, each complete and on the disk before it
// has its name, so that readers see the layout as it was or as it becomes.
// After that the blobs of the replaced image go, unless another entry needs
// them: a layout that is written to at each build must not grow by a layer
// each time. Blobs that no entry ever named are left alone. Writers of one
// layout wait for each other.
//
// A symlink at dir is followed, also to what is not there yet; one inside the
// layout never leads out of it. Any other directory that holds files is an
// error, and so is what is no directory: CheckLayoutDir tells beforehand. What
// cannot be written is a *WriteError. After an error what was there is as it
// was, and what was added is gone; but for one of Settle.
func WriteOCILayout(dir string, img v1.Image, tags ...name.Tag) error {
	ctx := context.Background()
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

// replaceEntries puts entries into index, each in the place of the one that it
// replaces, so that writing the same again changes nothing. It returns those
// that are gone.
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

// isSameEntry reports whether two entries cannot stand beside each other. The tag
// alone does not decide where both state their whole name: a:1 and b:1 are two
// images. skopeo and umoci write the tag alone, and their entry is replaced by
// whichever image has it. Entries without a name that another tool made mostly
// state no platform; they are not ours to replace.
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
