package rootfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// fileContent is a regular file of a file system as it was when it was claimed.
type fileContent struct {
	root *sysroot.Root
	real string // its path, free of symlinks
	info fs.FileInfo
}

// Open implements Content. It returns an error if the file is not the one that
// was claimed.
func (c fileContent) Open() (File, error) { return c.root.OpenSeen(c.real, c.info) }

// linkID is equal for hard links of the same file.
type linkID struct {
	sysroot.ID
	root *sysroot.Root // set if ID is unique in this file system only
	copy int           // of a Copy with a destination: such files are not linked with the original
}

// linkIDOf is the zero linkID for a file without other names or identity.
func linkIDOf(root *sysroot.Root, info fs.FileInfo, copyNo int) linkID {
	id, _, ok := sysroot.FileID(info)
	if !ok {
		return linkID{}
	}
	l := linkID{ID: id, copy: copyNo}
	if _, invented := info.Sys().(*sysroot.ID); invented {
		l.root = root
	}
	return l
}

// sameLooks reports whether two claims are equal in everything but content.
func (c *claim) sameLooks(o *claim) bool {
	return c.Mode == o.Mode && c.UID == o.UID && c.GID == o.GID && c.Size == o.Size &&
		c.Linkname == o.Linkname && maps.Equal(c.Xattrs, o.Xattrs)
}

// sameSource reports whether two claims are certainly equal, without reading.
func (c *claim) sameSource(o *claim) bool {
	if !c.sameLooks(o) {
		return false
	}
	a, aok := c.Content.(fileContent)
	b, bok := o.Content.(fileContent)
	switch {
	case c.Mode.Type() != 0:
		return true
	case aok && bok:
		return a.root == b.root && a.real == b.real && c.id == o.id
	}
	return false
}

// sameFile reports whether two claims are of one file of the source; mode and
// owner may differ.
func (c *claim) sameFile(o *claim) bool {
	a, aok := c.Content.(fileContent)
	b, bok := o.Content.(fileContent)
	return aok && bok && a.root == b.root && a.real == b.real
}

// sameContent reports whether two files of equal size have the same content. It
// does not read hard links of one file.
func sameContent(c, o *claim) (bool, error) {
	if c.id != (linkID{}) && c.id == o.id {
		return true, nil
	}
	a, err := c.Content.Open()
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := o.Content.Open()
	if err != nil {
		return false, err
	}
	defer b.Close()
	return sameBytes(a, b, c.Size)
}

// sameBytes reports whether the first size bytes of two files are equal. It reads
// them block by block.
func sameBytes(a, b io.ReaderAt, size int64) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for off := int64(0); off < size; off += int64(len(x)) {
		n := min(size-off, int64(len(x)))
		if err := readFull(a, x[:n], off); err != nil {
			return false, err
		}
		if err := readFull(b, y[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(x[:n], y[:n]) {
			return false, nil
		}
	}
	return true, nil
}

// readFull fills buf from offset off, or returns an error such as
// io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, buf []byte, off int64) error {
	n, err := r.ReadAt(buf, off)
	switch {
	case n == len(buf):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// contradiction returns why the two claims of path contradict each other, nil if
// they do not.
func contradiction(path string, a, b *claim) error {
	aDir, bDir := a.Mode.IsDir(), b.Mode.IsDir()
	switch {
	case aDir && bDir && a.priority != b.priority:
		return nil
	case aDir && b.Mode.Type() == fs.ModeSymlink, bDir && a.Mode.Type() == fs.ModeSymlink:
		return nil // the directory is the target of the symlink
	case a.priority != b.priority && a.sameFile(b):
		return nil // the claim of higher priority decides mode and owner
	case !a.sameLooks(b):
		return &ConflictError{path, a.Entry, b.Entry}
	case a.Mode.Type() != 0:
		return nil
	}
	same, err := sameContent(a, b)
	if err == nil && !same {
		err = &ConflictError{path, a.Entry, b.Entry}
	}
	return err
}
