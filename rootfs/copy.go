package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// CopyOptions change what is copied. The zero value keeps modes and gives all
// to root.
type CopyOptions struct {
	// UID and GID are the owner of everything copied, if not nil.
	UID, GID *int

	// Mode, if not nil, is the permissions and set-id and sticky bits of every
	// file and directory copied, which then has no capabilities. A symlink has
	// none of these.
	Mode *fs.FileMode

	// Claim says who wants the copy, for messages; "" is the source's name.
	Claim string
}

// Copied is a regular file that Copy claimed.
type Copied struct {
	Path   string // in the tree
	Source string // the real path in the file system that it came from
}

func (o CopyOptions) claimOr(name string) string {
	if o.Claim == "" {
		return name
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

// firmness is how firmly a regular file is wanted as it is then: what was asked
// for decides over what the file is in the source.
func (o CopyOptions) firmness() firmness {
	if o.UID != nil || o.GID != nil || o.Mode != nil {
		return explicit
	}
	return copied
}

// Copy claims the file or tree name of src, an absolute path, for dst, and
// returns the regular files among what it claimed, sorted.
//
// Of a directory the contents go into dst, as Dockerfile's COPY has it. A file
// goes to dst itself or, if that ends in "/", into dst under its own name. An
// empty dst is the place where name is at home, the symlinks on the way to it
// being claimed too, as by AddFrom; with any other dst they are followed.
//
// Inside a tree symlinks stay as they are, wherever they lead (see Dangling),
// and modes, capabilities and hard links are kept unless o says otherwise, which
// then decides over a claim of the same file by AddFrom or Install. Sockets, pipes and devices
// are refused, each with a *SpecialFileError; nothing is claimed then. Errors are
// joined, the first eight of them. Of "/" only the contents are ever claimed.
//
// When ctx ends, so does the walk, with the error of ctx.
func (t *Tree) Copy(ctx context.Context, src fs.ReadLinkFS, name, dst string, o CopyOptions) ([]Copied, error) {
	root := sysroot.New(src)
	n, err := root.Walk(name)
	if err != nil {
		return nil, err
	}
	c := copier{ctx: ctx, root: root, options: o, claimant: o.claimOr(name)}
	top := copyTop
	if dst == "" {
		dst, top = n.Real, copied
		if err := t.addWay(n, c.claimant); err != nil {
			return nil, err
		}
	} else {
		t.copies++
		c.number = t.copies
		dst, err = destination(name, dst, n.Info.IsDir())
		if err != nil {
			return nil, err
		}
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
		c.errs = append(c.errs, fmt.Errorf("%s: ended after %d errors; there may be more", name, maxErrors))
	}
	return c.files, errors.Join(c.errs...)
}

// destination is where a file, or the top of a tree, lands.
func destination(name, dst string, isDir bool) (string, error) {
	clean, err := cleanPath(dst)
	if err != nil || isDir || !strings.HasSuffix(dst, "/") {
		return clean, err
	}
	base := name[strings.LastIndexByte(strings.TrimRight(name, "/"), '/')+1:]
	if base == "." || base == ".." {
		return "", fmt.Errorf("%s: has no name of its own to put below %s", name, dst)
	}
	return join(clean, base), nil
}

// copier collects the claims of one Copy.
type copier struct {
	ctx      context.Context //nolint:containedctx // of the call that it lives in
	root     *sysroot.Root
	options  CopyOptions
	claimant string
	number   int

	claims []*claim
	files  []Copied
	errs   []error
}

// maxErrors is how many errors one Copy collects: a tree may be at fault in
// each of its files.
const maxErrors = 8

// fail notes err, unless it is nil. Beyond maxErrors the walk ends.
func (c *copier) fail(err error) {
	if err != nil && !c.failed() {
		c.errs = append(c.errs, err)
	}
}

// failed reports whether the walk has ended.
func (c *copier) failed() bool { return len(c.errs) == maxErrors }

// walk claims dst for the file at the real path real, which is as info says, and
// for what is below it.
func (c *copier) walk(real string, info fs.FileInfo, dst string, firm firmness) {
	made, err := c.claim(real, info)
	if err == nil {
		_, err = cleanPath(dst) // what lies below a path that is too long is longer
	}
	if err != nil {
		c.fail(err)
		return
	}
	made.Path, made.Claim, made.firm = dst, c.claimant, firm
	c.options.apply(&made.Entry)
	if dst != "/" || !made.Mode.IsDir() {
		c.claims = append(c.claims, made)
	}
	switch made.Mode.Type() {
	case 0:
		made.firm = c.options.firmness()
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
	if to = at; real != dst { // else one string serves for both
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
	return &claim{Entry: Entry{Mode: fs.ModeSymlink, Linkname: text}, loose: true, atSource: err == nil}, nil
}
