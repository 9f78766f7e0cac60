package sysroot

import "slices"

// Place is a path that is needed so that another one can be opened.
type Place struct {
	Path string // absolute, its parents free of symlinks
	Link string // the text of a symlink, "" of anything else
}

// Footprint returns everything that an image must have so that names lead to the
// same files in it as here: the files, and every symlink and directory on the way
// except the top, each once and sorted by component. If a name does not exist, the
// error is that of the first such name.
func (r *Root) Footprint(names ...string) ([]Place, error) {
	var out []Place
	seen := map[*Node]bool{nil: true}
	var visit func(*Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		visit(n.parent)
		switch {
		case n.link != nil:
			out = append(out, Place{n.link.Path, n.link.Target})
		case n.self != "/":
			out = append(out, Place{Path: n.self})
		}
		visit(n.target)
	}
	for _, name := range names {
		n, err := r.Walk(name)
		if err != nil {
			return nil, err
		}
		visit(n)
	}
	slices.SortFunc(out, func(a, b Place) int { return ComparePaths(a.Path, b.Path) })
	return slices.Compact(out), nil
}

// ComparePaths compares clean paths by component, so that a directory sorts
// directly before its contents: "/a", "/a/b", "/a-b". A comparison of strings would
// put "/a-b" second, since "-" sorts before "/".
func ComparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		case a[i] < b[i]:
			return -1
		default:
			return 1
		}
	}
	return len(a) - len(b)
}
