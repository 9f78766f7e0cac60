package image

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// notesFile is the base of the hidden name of a writer's notes. A blob has its name
// before the index refers to it, and keeps the name until the index no longer does.
// If the writer is killed in between, its notes list the blobs that the next writer
// may remove; all other blobs may belong to other programs.
const notesFile = "notes"

// stageNotes writes the notes: the blobs that are about to be added or replaced.
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

// recover removes the blobs that the notes of killed writers list, unless an entry
// of the index needs them.
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
