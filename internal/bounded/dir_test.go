package bounded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	for i := range dirBatch + 2 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := ReadDir(os.DirFS(dir), ".", dirBatch+2)
	sorted := slices.IsSortedFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if err != nil || len(list) != dirBatch+2 || !sorted {
		t.Errorf("%d entries, sorted %v, %v", len(list), sorted, err)
	}
	var at *fs.PathError
	if list, err = ReadDir(os.DirFS(dir), ".", dirBatch+1); !errors.As(err, &at) || at.Path != "." || list != nil {
		t.Errorf("more than may be: %d entries, %v", len(list), err)
	}
	if _, err := ReadDir(os.DirFS(dir), "f1", 10); err == nil {
		t.Error("a file was read as a directory")
	}
	if _, err := ReadDir(os.DirFS(dir), "none", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}
