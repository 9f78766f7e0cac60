package rootfs

import (
	"fmt"
	"io/fs"
)

// Entry is one file, directory or symlink of a tree.
type Entry struct {
	// Path is absolute, in the image. Add folds "//", "/./" and a trailing
	// slash, and refuses "..", NUL bytes, relative paths, names of more than 255
	// bytes and paths of more than 4095.
	Path string

	// Mode has the type (regular, directory or symlink), the permissions and
	// the set-id and sticky bits. Those of a symlink are always 0777.
	Mode fs.FileMode

	// UID and GID are the owner's numbers, up to 2^32-2; names are never written.
	UID, GID int

	// Linkname is the text of a symlink, kept as it is.
	Linkname string

	// Hardlink is set in the result of Tree.Entries only: the path of the entry
	// that this one is another name of. That entry sorts before its other names
	// and has no Hardlink.
	Hardlink string

	// Size is the length of a regular file in bytes.
	Size int64

	// Xattrs are extended attributes by name, such as the file capabilities in
	// "security.capability".
	Xattrs map[string]string

	// Content has the bytes of a regular file.
	Content Content

	// Implied is for a directory that must exist, whatever its mode and owner,
	// such as the WORKDIR of a Dockerfile: any other claim of the directory
	// overrides this one. Parent directories that no claim names have it set in
	// the result of Tree.Entries.
	Implied bool

	// Claim says who asked for the entry; nil says nothing. Entries that settling
	// adds for the parents of another one have its Claim.
	Claim Claim
}

// Claim says who asked for an entry. Its text stands in messages behind "by":
// "--conf redis.conf". A caller may use a type of its own and find its values in
// the settled entries. Two claims with the same text are taken for one.
type Claim interface{ String() string }

// Named is a Claim that is a text.
type Named string

// String implements Claim.
func (n Named) String() string { return string(n) }

// normal checks an entry that was given to Add and returns it in the form that
// equal entries share.
func (e Entry) normal() (Entry, error) {
	p, err := cleanPath(e.Path)
	if err != nil {
		return e, err
	}
	e.Path, e.Hardlink = p, ""
	e.Mode &= modeBits | fs.ModeType
	e.Implied = e.Implied && e.Mode.IsDir()
	if e, err = e.normalType(); err != nil {
		return e, err
	}
	if e.Size < 0 {
		return e, fmt.Errorf("%s: a negative size of %d bytes", p, e.Size)
	}
	if !validID(e.UID) || !validID(e.GID) {
		return e, fmt.Errorf("%s: owner %d:%d: numbers must be from 0 to %d", p, e.UID, e.GID, int64(maxID))
	}
	return e, nil
}

// normalType checks the fields that depend on the type of e and clears those that
// the type does not have.
func (e Entry) normalType() (Entry, error) {
	kind := e.Mode.Type()
	if e.Path == "/" && kind != fs.ModeDir {
		return e, fmt.Errorf("/: cannot be a %s", kindName(kind))
	}
	if kind != 0 {
		e.Size, e.Content = 0, nil
	}
	if kind != fs.ModeSymlink {
		e.Linkname = ""
	}
	switch kind {
	case fs.ModeDir:
	case fs.ModeSymlink:
		e.Mode = fs.ModeSymlink | fs.ModePerm
		if !validLinkname(e.Linkname) {
			return e, fmt.Errorf("%s: invalid symlink target %s", e.Path, shortened(e.Linkname))
		}
	case 0:
		if e.Content == nil {
			return e, fmt.Errorf("%s: a regular file without content", e.Path)
		}
		if b, ok := e.Content.(Bytes); ok {
			e.Size = int64(len(b))
		}
	default:
		return e, &SpecialFileError{Path: e.Path, Mode: e.Mode}
	}
	return e, nil
}

// maxID is the largest number of a user or group: the one above it means "none"
// to chown(2).
const maxID = 1<<32 - 2

func validID(id int) bool { return id >= 0 && int64(id) <= maxID }

// describe says what the entry is, for messages that set two side by side.
func (e *Entry) describe() string {
	var what string
	switch e.Mode.Type() {
	case fs.ModeDir:
		what = fmt.Sprintf("a directory %s", octal(e.Mode))
	case fs.ModeSymlink:
		return "a symlink to " + e.Linkname
	default:
		what = fmt.Sprintf("a file %s of %d bytes", octal(e.Mode), e.Size)
	}
	if e.UID != 0 || e.GID != 0 {
		what += fmt.Sprintf(" owned by %d:%d", e.UID, e.GID)
	}
	return what
}

// Source describes the file that the content of e is read from, as it was when
// it was claimed; ok is false for content that is held in memory, and for
// anything but a regular file. Callers that must not overwrite an input, or that
// report its owner, use it.
func (e *Entry) Source() (info fs.FileInfo, ok bool) {
	c, ok := e.Content.(fileContent)
	if !ok {
		return nil, false
	}
	return c.info, true
}
