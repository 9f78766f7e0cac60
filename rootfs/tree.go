package rootfs

import "slices"

// Tree is the file tree of an image: a set of claims. The zero value is an empty
// tree. It is not safe for concurrent use.
type Tree struct {
	claims   []*claim
	byPath   map[string]*claim // the latest claim of each path, symlinks not followed
	requires []require
	copies   int      // calls of Copy with a destination so far
	state    *settled // nil if there are claims that it does not have
}

// claim is an Entry together with its priority.
type claim struct {
	Entry
	priority priority
	id       linkID // hard links have the same one; zero when unknown
	earlier  *claim // the previous claim of the same path

	// mayDangle is set for a symlink in a copied tree.
	mayDangle bool
	// atSource is set for a symlink in a copied tree whose target exists in the
	// file system that it was copied from.
	atSource bool
}

// priority decides between claims of one directory, or of one file of the
// source: the claim with the highest priority decides mode and owner, and only
// claims of equal priority can contradict each other.
type priority uint8

const (
	implied  priority = iota // a parent directory, 0755 0:0
	copyTop                  // the destination of a copied tree
	crossed                  // a directory on the way of AddFrom, 0755 0:0
	copied                   // as in the source
	explicit                 // as given to Add, or in CopyOptions
)

// require is a path that Check requires to be there.
type require struct {
	path string
	exec bool
	why  string
}

// Add claims e.Path for e: a file with content, a symlink or a directory, an
// implied one if e.Implied is set. A contradiction with an earlier claim of the
// very same path is a *ConflictError right away; the claim stays recorded, so
// that Check, which also finds those that meet only through symlinks, refuses
// the tree even if this error is ignored. Claims that agree in type, mode, owner
// and content are one.
func (t *Tree) Add(e Entry) error {
	priority := explicit
	if e.Implied && e.Mode.IsDir() {
		priority = implied
	}
	return t.add(&claim{Entry: e, priority: priority})
}

// Require makes Check return an error unless path, with symlinks followed, is a
// regular file of the tree, and an executable one if exec is set. The reason why
// is the end of the message: "the program interpreter of /bin/x".
func (t *Tree) Require(path string, exec bool, why string) {
	if r := (require{path, exec, why}); !slices.Contains(t.requires, r) {
		t.requires = append(t.requires, r)
	}
}

// Entries returns the settled tree, sorted by path component, each directory
// once and directly before its contents; "/" itself is left out. Of claims that
// contradict each other, which Check reports, one is in the result.
func (t *Tree) Entries() []*Entry { return t.settle().entries }

// add records c and returns a contradiction with an earlier claim of its path.
func (t *Tree) add(c *claim) error {
	e, err := c.normal()
	if err != nil {
		return err
	}
	c.Entry, t.state = e, nil
	if t.byPath == nil {
		t.byPath = make(map[string]*claim)
	}
	c.earlier = t.byPath[e.Path]
	for o := c.earlier; o != nil; o = o.earlier {
		if o.priority == c.priority && o.mayDangle == c.mayDangle && o.atSource == c.atSource && o.sameSource(c) {
			if compareText(c.Claim, o.Claim) < 0 { // the same in any order of claims
				o.Claim = c.Claim
			}
			return nil
		}
	}
	t.claims = append(t.claims, c)
	t.byPath[e.Path] = c
	for o := c.earlier; o != nil; o = o.earlier {
		if err := contradiction(o.Path, o, c); err != nil {
			return err
		}
	}
	return nil
}
