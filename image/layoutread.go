package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/pending"
)

// Limits for documents of an existing layout. An entry of an index has about 400
// bytes of text. A hostile text needed 35 times its size in memory when it was
// decoded (a list of empty strings).
const (
	maxDocument = 2 << 20 // bytes of one JSON document
	maxEntries  = 10_000  // elements of one of its lists
)

// limited is a list in a JSON document that has at most maxEntries elements: in
// memory an element may need fifty times the size of its text.
type limited[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *limited[T]) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	switch start, err := dec.Token(); {
	case err != nil:
		return err
	case start == nil: // null
		return nil
	case start != json.Delim('['):
		return errors.New("not a list")
	}
	for dec.More() {
		if len(*l) == maxEntries {
			return fmt.Errorf("more than %d entries", maxEntries)
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
}

// readIndex returns the index of the layout in root, an empty one if the directory
// is empty. Messages call the directory dir. A layout without index.json is one
// whose writer was killed.
func readIndex(root *os.Root, dir string) (*v1.IndexManifest, error) {
	if err := checkLayout(root, dir); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, indexFile)
	b, err := readDocument(root, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return newIndex(nil), nil
	}
	if err != nil {
		return nil, readError(name, err)
	}
	var index struct {
		v1.IndexManifest
		Manifests limited[v1.Descriptor] `json:"manifests"`
	}
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	index.IndexManifest.Manifests = index.Manifests
	return &index.IndexManifest, nil
}

// readDocument reads a small file of a layout.
func readDocument(root *os.Root, name string) ([]byte, error) {
	b, err := bounded.ReadRootFile(root, filepath.FromSlash(name), maxDocument)
	if errors.Is(err, syscall.EINVAL) {
		err = errors.New("not a regular file")
	}
	return b, err
}

// checkLayout returns an error for a directory that contains other files than a layout.
func checkLayout(root *os.Root, dir string) error {
	name := filepath.Join(dir, layoutFile)
	b, err := readDocument(root, layoutFile)
	if errors.Is(err, fs.ErrNotExist) {
		return checkEmpty(root, dir)
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

// checkEmpty returns an error for a directory that is not empty. Files that killed
// writers left do not count, since the next writer removes them.
func checkEmpty(root *os.Root, dir string) error {
	d, err := root.Open(".")
	if err != nil {
		return readError(dir, err)
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(100)
		for _, name := range names {
			if !pending.IsHidden(name) {
				return fmt.Errorf("%s: the directory is not empty and is not an OCI layout", dir)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return readError(dir, err)
		}
	}
}
