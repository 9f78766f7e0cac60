package dest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Inputs are files that the run reads, and directory trees that it copies. No output
// may replace such a file or be inside such a tree, where it would become part of the
// next image. The zero value is empty.
type Inputs struct {
	files map[sysroot.ID]string
	trees []string
}

// AddFile adds the file that info describes; what is its description in messages.
func (in *Inputs) AddFile(info fs.FileInfo, what string) {
	if id, _, ok := sysroot.FileID(info); ok {
		if in.files == nil {
			in.files = map[sysroot.ID]string{}
		}
		in.files[id] = what
	}
}

// AddTree adds the directory of this machine with the real path dir.
func (in *Inputs) AddTree(dir string) { in.trees = append(in.trees, dir) }

// Has returns a description of the input that an output called name would replace or
// become part of, "" if there is none.
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
