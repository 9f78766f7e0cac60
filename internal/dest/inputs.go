package dest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Inputs are the files that go into an image or say what goes in, and directories
// that go in as a whole. No output may replace one of them, or be written into such a
// directory, where it would go into the next image. The zero value has none.
type Inputs struct {
	files map[sysroot.ID]string
	trees []string
}

// AddFile adds a file that info describes; what says what it is, for messages.
func (in *Inputs) AddFile(info fs.FileInfo, what string) {
	if id, _, ok := sysroot.FileID(info); ok {
		if in.files == nil {
			in.files = map[sysroot.ID]string{}
		}
		in.files[id] = what
	}
}

// AddTree adds a directory of this machine by its real path.
func (in *Inputs) AddTree(dir string) { in.trees = append(in.trees, dir) }

// Has says which input an output at a path would replace or become part of, "" if
// none.
func (in *Inputs) Has(name string) string {
	if name == "-" {
		return ""
	}
	if info, err := os.Stat(name); err == nil {
		if !info.Mode().IsRegular() && !info.IsDir() {
			return ""
		}
		if id, _, ok := sysroot.FileID(info); ok && in.files[id] != "" {
			return in.files[id]
		}
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(pending.Target(name)))
	if err != nil {
		return ""
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return ""
	}
	for _, tree := range in.trees {
		if dir == tree || strings.HasPrefix(dir, strings.TrimSuffix(tree, "/")+"/") {
			return "it is inside " + tree + ", which --copy packs"
		}
	}
	return ""
}
