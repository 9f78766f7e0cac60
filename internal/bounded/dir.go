package bounded

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// dirBatch is the number of entries that are read at a time.
const dirBatch = 1024

// EntriesError is the error for a directory with too many entries.
type EntriesError struct{ Limit int }

func (e *EntriesError) Error() string { return fmt.Sprintf("more than %d entries", e.Limit) }

// ReadDir reads the directory name of fsys, sorted by name. Errors are *fs.PathError,
// also if the directory has more than limit entries.
func ReadDir(fsys fs.FS, name string, limit int) ([]fs.DirEntry, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory that can be read in parts")}
	}
	var out []fs.DirEntry
	for {
		list, err := dir.ReadDir(dirBatch)
		if out = append(out, list...); len(out) > limit {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: &EntriesError{Limit: limit}}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}
