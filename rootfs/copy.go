package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// CopyOptions change what AddFrom and Copy claim. The zero value keeps paths and
// modes and makes root the owner.
type CopyOptions struct {
	// Dest is the path in the tree, "" for the path in the source.
	Dest string

	// UID and GID are the owner of everything copied, if not nil.
	UID, GID *int

	// Mode, if not nil, is the permissions and set-id and sticky bits of every
	// file and directory copied, which then has no capabilities. A symlink has
	// none of these.
	Mode *fs.FileMode

	// Claim says who asked for the copy; nil is the path in the source.
	Claim Claim
}

// Copied is a regular file that Copy claimed.
type Copied struct {
	Path   string // in the tree
	Source string // the real path in the source file system
}

func (o CopyOptions) claimOr(name string) Claim {
	if o.Claim == nil {
		return Named(name)
	}
	return o.Claim
}

// apply gives e the owner and mode asked for.
func (o CopyOptions) apply(e *Entry) {
	if o.UID != nil {
		e.UID = *o.UID
	}
	if o.GID != nil {
		e.GID = *o.GID
	}
	if o.Mode != nil && e.Mode&fs.ModeSymlink == 0 {
		e.Mode, e.Xattrs = e.Mode.Type()|*o.Mode&modeBits, nil
	}
}

// priority is the priority of a regular file: an owner or mode that was asked
// for overrides what the file has in the source.
func (o CopyOptions) priority() priority {
	if o.UID != nil || o.GID != nil || o.Mode != nil {
		return explicit
	}
	return copied
}

// Copy claims a file or a directory tree of src, whose absolute path is name, and
// returns the regular files among what it claimed, sorted.
//
// The contents of a directory go into o.Dest, as with COPY in a Dockerfile. A file
// goes to o.Dest itself or, if that ends in "/", into that directory under its
// own name. Without o.Dest everything keeps its path, and the symlinks on the way
// to it are claimed too, as by AddFrom; with o.Dest they are followed.
//
// Inside a tree symlinks stay as they are, wherever they lead (see Dangling).
// Modes, capabilities and hard links are kept unless o overrides them, also for
// a file that AddFrom claims. Sockets, pipes and devices are refused, each with a
// *SpecialFileError, and then nothing is claimed. Errors are joined, the first
// eight of them. Of "/" only the contents are claimed.
//
// When ctx ends, Copy returns its error and claims nothing.
func (t *Tree) Copy(ctx context.Context, src fs.ReadLinkFS, name string, o CopyOptions) ([]Copied, error) {
	root := sysroot.New(src)
	n, err := root.Walk(name)
	if err != nil {
		return nil, err
	}
	c := copier{ctx: ctx, root: root, options: o, claimant: o.claimOr(name)}
	dst, top := n.Real, copied
	if o.Dest == "" {
		err = t.addParents(n, c.claimant)
	} else {
		t.copies++
		c.number, top = t.copies, copyTop
		dst, err = destination(name, o.Dest, n.Info.IsDir())
	}
	if err != nil {
		return nil, err
	}
	c.walk(n.Real, n.Info, dst, top)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.errs) == 0 {
		for _, claim := range c.claims {
			c.fail(t.add(claim))
		}
	}
	if c.failed() {
		c.errs = append(c.errs, fmt.Errorf("%s: stopped after %d errors; there may be more", name, maxErrors))
	}
	return c.files, errors.Join(c.errs...)
}

// destination returns the path of a copied file, or of the top of a copied tree.
func destination(name, dst string, isDir bool) (string, error) {
	clean, err := cleanPath(dst)
	if err != nil || isDir || !strings.HasSuffix(dst, "/") {
		return clean, err
	}
	base := name[strings.LastIndexByte(strings.TrimRight(name, "/"), '/')+1:]
	if base == "." || base == ".." {
		return "", fmt.Errorf("%s: has no base name for a path below %s", name, dst)
	}
	return join(clean, base), nil
}

// copier collects the claims of one Copy.
type copier struct {
	ctx      context.Context //nolint:containedctx // a copier lasts for one call
	root     *sysroot.Root
	options  CopyOptions
	claimant Claim
	number   int

	claims []*claim
	files  []Copied
	errs   []error
}

// maxErrors limits the errors that one Copy collects: every file of a tree may
// cause one.
const maxErrors = 8

// fail records err, unless it is nil. The walk ends after maxErrors.
func (c *copier) fail(err error) {
	if err != nil && !c.failed() {
		c.errs = append(c.errs, err)
	}
}

// failed reports whether the walk has ended.
func (c *copier) failed() bool { return len(c.errs) == maxErrors }

// walk claims dst for the file at the real path real, which info describes, and
// the paths below dst for the files below it.
func (c *copier) walk(real string, info fs.FileInfo, dst string, priority priority) {
	made, err := c.claim(real, info)
	if err == nil {
		_, err = cleanPath(dst) // the paths below one that is too long are longer still
	}
	if err != nil {
		c.fail(err)
		return
	}
	made.Path, made.Claim, made.priority = dst, c.claimant, priority
	c.options.apply(&made.Entry)
	if dst != "/" || !made.Mode.IsDir() {
		c.claims = append(c.claims, made)
	}
	switch made.Mode.Type() {
	case 0:
		made.priority = c.options.priority()
		c.files = append(c.files, Copied{Path: dst, Source: real})
	case fs.ModeDir:
		list, err := c.root.List(real)
		c.fail(err)
		for _, d := range list {
			if c.failed() || c.ctx.Err() != nil {
				return
			}
			c.walkEntry(real, d, dst)
		}
	}
}

// walkEntry is walk for the entry d of the directory real.
func (c *copier) walkEntry(real string, d fs.DirEntry, dst string) {
	info, err := d.Info()
	if err != nil {
		c.fail(err)
		return
	}
	at, to := join(real, d.Name()), ""
	if to = at; real != dst { // if the paths are equal, both use one string
		to = join(dst, d.Name())
	}
	c.walk(at, info, to, copied)
}

// claim describes the file at the real path real, which is not followed.
func (c *copier) claim(real string, info fs.FileInfo) (*claim, error) {
	if info.Mode()&fs.ModeSymlink != 0 {
		return c.linkClaim(real)
	}
	made, err := fileClaim(c.root, real, info)
	if err == nil && info.Mode().IsRegular() {
		made.id = linkIDOf(c.root, info, c.number)
	}
	return made, err
}

// linkClaim describes the symlink at the real path real.
func (c *copier) linkClaim(real string) (*claim, error) {
	text, err := c.root.LinkText(real)
	if err != nil {
		return nil, err
	}
	_, err = c.root.Walk(real)
	if err != nil && !sysroot.IsAbsent(err) {
		return nil, err
	}
	return &claim{Entry: Entry{Mode: fs.ModeSymlink, Linkname: text}, mayDangle: true, atSource: err == nil}, nil
}
