package sysroot

import (
	"io/fs"
	"strings"
	"syscall"
)

// Link is a symlink that a walk crossed.
type Link struct {
	Path   string // of the symlink: absolute, its parents resolved
	Target string // its text, as stored
}

// Node is the file that a path leads to, and the way to it.
type Node struct {
	// Real is the absolute path with every symlink and ".." resolved.
	Real string
	// Info describes the file at Real; it is never a symlink.
	Info fs.FileInfo

	parent *Node  // the directory that the last component was looked up in
	link   *Link  // set when the last component is a symlink
	target *Node  // where that symlink leads
	count  int    // symlinks that the walk followed
	err    error  // why the path leads to no file
	self   string // Real, if the last component is not a symlink
	cut    bool   // err is ELOOP because the walk reached maxFollowed; another walk may succeed
}

// isFile reports whether n is neither a directory nor reached by a symlink.
func (n *Node) isFile() bool { return n.err == nil && n.link == nil && !n.Info.IsDir() }

// below returns n, which was found by its real path, as it is found in parent.
func (n *Node) below(parent *Node) *Node {
	at := *n
	at.parent = parent
	at.count += parent.count
	if at.err == nil && at.count > maxLinks {
		at.err = syscall.ELOOP
	}
	return &at
}

// Links returns every symlink that the walk crossed, in that order, each once.
func (n *Node) Links() []Link {
	var out []Link
	seen := map[string]bool{}
	n.visit(func(at *Node) {
		if at.link != nil && !seen[at.link.Path] {
			seen[at.link.Path] = true
			out = append(out, *at.link)
		}
	})
	return out
}

// Dirs returns the real path of every directory that the walk passed through, in
// that order, each once and without the top. If the node is a directory, it is the
// last one.
func (n *Node) Dirs() []string {
	var out []string
	seen := map[string]bool{"/": true}
	n.visit(func(at *Node) {
		if at.link == nil && at.Info.IsDir() && !seen[at.self] {
			seen[at.self] = true
			out = append(out, at.self)
		}
	})
	return out
}

// IsReachable reports whether the permissions allow every user to enter the directories that
// the walk passed through. The directory from, a real path, and those above it do not count.
func (n *Node) IsReachable(from string) bool {
	reachable := true
	n.visit(func(at *Node) {
		isAbove := at.self == "/" || strings.HasPrefix(from+"/", at.self+"/")
		if at.link == nil && !isAbove && at.Info.IsDir() {
			reachable = reachable && at.Info.Mode()&0o001 != 0
		}
	})
	return reachable
}

// visit calls f for each component of the walk that led to n.
func (n *Node) visit(f func(*Node)) {
	if n == nil {
		return
	}
	n.parent.visit(f)
	f(n)
	n.target.visit(f)
}
