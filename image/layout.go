package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// WriteOCILayout writes an OCI image layout to the directory dir (image-spec,
// image-layout.md), whose parent must exist.
//
// A directory that is not there yet is built beside its place and renamed into
// it. An existing layout (or an empty directory) is added to: the image takes
// the place of the entries that have its names (of those that state only a tag,
// its tags), or, without tags, of the nameless entry for its platform; all others stay.
// Blobs come first, each under another name until it is complete, and
// index.json last, so that readers see the layout as it was or as it becomes.
// After that the blobs of the replaced image go, unless another entry needs
// them: a layout that is written to at each build must not grow by a layer
// each time. Blobs that no entry ever named are left alone. Writers of one
// layout wait for each other.
//
// A symlink is followed, also to what is not there yet. Any other directory
// that holds files is an error, and so is what is no directory: CheckLayoutDir
// tells beforehand. What cannot be written is a *WriteError. After an error
// what was there is as it was, and what was added is gone.
func WriteOCILayout(dir string, img v1.Image, tags ...name.Tag) error {
	entries, err := indexEntries(img, tags)
	if err != nil {
		return err
	}
	l, err := findLayout(dir)
	if err != nil {
		return err
	}
	if l.isNew {
		err = newLayout(l, img, entries)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		// Another writer was quicker; the image joins what that one made.
	}
	return updateLayout(l, img, entries)
}

// newLayout makes l.
func newLayout(l layoutDir, img v1.Image, entries []v1.Descriptor) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(l.real), "."+filepath.Base(l.real)+"-")
	if err != nil {
		return l.cannotBeMade(err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	if err := os.Chmod(tmp, 0o755); err != nil {
		return writeError(l.name, err)
	}
	if err := putLayout(&dirSink{dir: tmp, shown: l.name}, img, newIndex(entries)); err != nil {
		return about(l.name, err)
	}
	return writeError(l.name, os.Rename(tmp, l.real))
}

func putLayout(s sink, img v1.Image, index *v1.IndexManifest) error {
	if err := s.put(layoutFile, bytesContent([]byte(layoutContent))); err != nil {
		return err
	}
	if err := putBlobs(s, img); err != nil {
		return err
	}
	return putIndex(s, index)
}

// updateLayout adds to the layout l.
func updateLayout(l layoutDir, img v1.Image, entries []v1.Descriptor) error {
	unlock, err := lock(l.real)
	if err != nil {
		return readError(l.name, err)
	}
	defer unlock()
	index, err := readIndex(l.real)
	if err != nil {
		return err
	}
	replaced := replaceEntries(index, entries)
	s := &dirSink{dir: l.real, shown: l.name}
	if err := putLayout(s, img, index); err != nil {
		s.rollback()
		return about(l.name, err)
	}
	prune(l.real, index.Manifests, replaced)
	return nil
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

// isSameEntry tells whether two entries cannot stand beside each other. The tag
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

// readIndex returns the index of the layout dir, an empty one when dir is
// empty. A layout without index.json is one that was killed while it was made.
func readIndex(dir string) (*v1.IndexManifest, error) {
	if err := checkLayout(dir); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, indexFile)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return newIndex(nil), nil
	}
	if err != nil {
		return nil, readError(name, err)
	}
	index := new(v1.IndexManifest)
	if err := json.Unmarshal(b, index); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return index, nil
}

// checkLayout refuses a directory that holds something else than a layout.
func checkLayout(dir string) error {
	name := filepath.Join(dir, layoutFile)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return checkEmpty(dir)
	}
	if err != nil {
		return readError(name, err)
	}
	var marker struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := json.Unmarshal(b, &marker); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if marker.Version != "1.0.0" {
		return fmt.Errorf("%s: an OCI layout of version %q, not 1.0.0", dir, marker.Version)
	}
	return nil
}

func checkEmpty(dir string) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return readError(dir, err)
	}
	if len(names) > 0 {
		return fmt.Errorf("%s: the directory is not empty and no OCI layout", dir)
	}
	return nil
}
