// Package rootfs composes the file tree of a container image as a value,
// checks it, and writes it as a layer whose bytes depend on the tree alone.
//
// A Tree is filled with claims: this path shall be that file. Their order never
// matters. Settling the tree puts every claim where the tree's own symlinks
// lead it, finds the claims that contradict each other, adds the parent
// directories and joins hard links. Check refuses a tree that cannot work, and
// WriteLayer writes one that can, in a single pass and in constant memory.
//
// The package never runs anything, writes no file of its own accord and reaches
// no network. Its caveat: file contents are read when the layer is written, not
// when they are claimed, so a file that changed in between is an error.
//
// Start with Tree.AddFrom, and end with Tree.WriteLayer.
package rootfs
