// Package rootfs composes the file tree of a container image as a value, checks
// it, and writes it as a layer whose bytes depend on the tree alone.
//
// A Tree is a set of claims. A claim says that one path of the image is a certain
// file, directory or symlink; the order of claims does not matter. Settling the
// tree moves every claim to the path that the tree's own symlinks lead it to,
// finds claims that contradict each other, adds the parent directories and joins
// hard links. Check refuses a tree that cannot work, and WriteLayer writes a
// checked tree in a single pass and in constant memory.
//
// The package never executes a file, writes to nothing but the io.Writer that it
// is given, and uses no network. Its caveat: file contents are read when the
// layer is written, not when they are claimed, so a file that changes in between
// is an error.
//
// Start with HostFS and Tree.AddFrom, and end with Tree.WriteLayer.
package rootfs
