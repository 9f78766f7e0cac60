package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/pending"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// inputs are the files that go in or tell what goes in, so that no output takes
// their place: each by its identity, and the directories of this machine that
// --copy takes whole, in which an output would go into the next image.
type inputs struct {
	files map[sysroot.ID]string
	trees []string
}

func (w *writer) inputs() inputs {
	in := inputs{files: map[sysroot.ID]string{}}
	for _, e := range w.tree.Entries() {
		if info, ok := e.Source(); ok {
			if id, _, ok := sysroot.FileID(info); ok {
				in.files[id] = e.Path + " in the image"
			}
		}
	}
	for _, name := range append(w.lists, w.envFiles...) {
		if info, err := os.Stat(name); err == nil {
			if id, _, ok := sysroot.FileID(info); ok {
				in.files[id] = name
			}
		}
	}
	for _, c := range w.copies {
		from, name := w.src.File(c.src)
		if from != w.src.Local {
			continue
		}
		if n, err := from.Walk(name); err == nil && n.Info.IsDir() {
			in.trees = append(in.trees, n.Real)
		}
	}
	return in
}

// has says which input an output would overwrite or become, "" when none.
func (in inputs) has(d *destination) string {
	if d.isStdout() {
		return ""
	}
	if info, err := os.Stat(d.dest); err == nil {
		if !info.Mode().IsRegular() && !info.IsDir() {
			return ""
		}
		if id, _, ok := sysroot.FileID(info); ok && in.files[id] != "" {
			return in.files[id]
		}
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(pending.Target(d.dest)))
	if err != nil {
		return ""
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return ""
	}
	for _, tree := range in.trees {
		if dir == tree || strings.HasPrefix(dir, strings.TrimSuffix(tree, "/")+"/") {
			return "it lies in " + tree + ", which --copy takes whole"
		}
	}
	return ""
}
