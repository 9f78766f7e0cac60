package rootfs

import (
	"io/fs"
	"slices"
)

// Tree is the file tree of an image, as a set of claims. The zero value is an
// empty tree. It is not safe for concurrent use.
type Tree struct {
	claims   []*claim
	byPath   map[string]*claim // as claimed, before symlinks: the latest of each path
	requires []require
	copies   int // calls of Copy so far
	state    *settled
}

// claim is an Entry together with how firmly it is wanted.
type claim struct {
	Entry
	firm    firmness
	id      linkID // hard links have the same one; zero when unknown
	earlier *claim // the one before it of the same path

	// loose symlinks merely came along in a copied tree: they may dangle.
	loose bool
	// atSource tells, of a loose symlink, that its target exists in the file
	// system that it came from.
	atSource bool
}

// firmness decides between claims of one directory, or of one file of the
// source: the higher one has its mode and owner, and only equal ones can
// contradict each other.
type firmness uint8

const (
	implied  firmness = iota // a parent of something, 0755 0:0
	copyTop                  // the destination of a copied tree
	crossed                  // on the way of AddFrom, 0755 0:0
	copied                   // what it is in the source
	explicit                 // as Add was told
)

// require is something that Check holds to be there.
type require struct {
	path string
	exec bool
	why  string
}

// Add claims e.Path for e. A contradiction with an earlier claim of the very
// same path is a *ConflictError right away; the claim stays recorded, so that
// Check, which also finds those that meet only through symlinks, refuses the
// tree whatever becomes of this error. Claims that agree in type, mode, owner
// and content are one.
func (t *Tree) Add(e Entry) error { return t.add(&claim{Entry: e, firm: explicit}) }

// AddDir claims a directory with its permissions (see ModeOf) and owner. It
// decides over what the same directory is in a copied tree.
func (t *Tree) AddDir(path string, mode fs.FileMode, uid, gid int) error {
	return t.Add(Entry{Path: path, Mode: fs.ModeDir | mode&modeBits, UID: uid, GID: gid, Claim: "directory " + path})
}

// AddBytes claims a regular file that root owns and whose content is data.
func (t *Tree) AddBytes(path string, data []byte, mode fs.FileMode, claim string) error {
	return t.Add(Entry{Path: path, Mode: mode & modeBits, Content: Bytes(data), Claim: claim})
}

// AddLink claims a symlink with the text target.
func (t *Tree) AddLink(path, target, claim string) error {
	return t.Add(Entry{Path: path, Mode: fs.ModeSymlink, Linkname: target, Claim: claim})
}

// Require has Check make sure that path, its symlinks followed, is a regular
// file of the tree, and an executable one if exec is set. The reason why ends
// the message: "the program interpreter of /bin/x".
func (t *Tree) Require(path string, exec bool, why string) {
	if r := (require{path, exec, why}); !slices.Contains(t.requires, r) {
		t.requires = append(t.requires, r)
	}
}

// Entries returns the settled tree, sorted by path component, each directory
// once and directly before what it holds; "/" itself is left out. Where claims
// contradict each other, which Check reports, one of them is there.
func (t *Tree) Entries() []*Entry { return t.settle().entries }

// add records c and reports a contradiction with what has its path already.
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
		if o.firm == c.firm && o.loose == c.loose && o.atSource == c.atSource && o.sameSource(c) {
			o.Claim = min(o.Claim, c.Claim) // whichever came first
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
