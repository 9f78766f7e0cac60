package image

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// notesFile is what the hidden name of a writer's notes is made of. A blob has
// its name before the index refers to it, and keeps it until after the index no
// longer does. Should the writer be killed in between, its notes tell the next
// one which blobs that may concern; all others are not ours to remove.
const notesFile = "notes"

// stageNotes writes down the blobs that are about to be added or replaced.
func (d *layoutDraft) stageNotes(ctx context.Context) error {
	if d.place.isNew { // all of it is removed as a whole
		return nil
	}
	blobs, err := blobsOf(d.root, d.entries.gone)
	if err != nil {
		blobs = make(map[v1.Hash]bool) // prune will not remove them either
	}
	for _, f := range d.files {
		if path.Dir(f.name) == sha256Dir {
			blobs[v1.Hash{Algorithm: "sha256", Hex: path.Base(f.name)}] = true
		}
	}
	b, err := json.Marshal(slices.Collect(maps.Keys(blobs)))
	if err != nil {
		return err
	}
	d.notes = &layoutFileDraft{name: notesFile, content: bytesContent(b)}
	if err := d.write(ctx, d.notes); err != nil {
		return err
	}
	return writeError(d.place.name, d.notes.file.Stage(d.top, notesFile))
}

// recover removes the blobs that killed writers left, by their notes, unless an
// entry of the index needs them.
func (d *layoutDraft) recover(index *v1.IndexManifest) {
	d.top.EachStale(notesFile, func(name string) {
		b, err := readDocument(d.root, name)
		if err != nil {
			return
		}
		var blobs limited[v1.Hash]
		if json.Unmarshal(b, &blobs) == nil {
			removeUnneeded(d.root, index.Manifests, blobs)
		}
	})
}
