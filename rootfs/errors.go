package rootfs

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// ConflictError says that two claims of one path contradict each other.
type ConflictError struct {
	Path          string // where they meet
	First, Second Entry  // as claimed; their Path may be another, led here by a symlink
}

func (e *ConflictError) Error() string {
	a, b := e.First.describe(), e.Second.describe()
	if a != b {
		return fmt.Sprintf("%s: claimed twice: %s by %s, %s by %s", e.Path, a, by(&e.First), b, by(&e.Second))
	}
	what := "contents"
	if !maps.Equal(e.First.Xattrs, e.Second.Xattrs) {
		what = "attributes"
	}
	return fmt.Sprintf("%s: claimed twice, with different %s, by %s and by %s", e.Path, what, by(&e.First), by(&e.Second))
}

// by names the claimant, and the path that it gave when that is another.
func by(e *Entry) string {
	if e.Claim == "" {
		return "the entry " + e.Path
	}
	return e.Claim
}

// ParentError says that something is claimed below what is no directory.
type ParentError struct {
	Parent, Below Entry
}

func (e *ParentError) Error() string {
	return fmt.Sprintf("%s: claimed by %s below %s, which is %s by %s",
		e.Below.Path, by(&e.Below), e.Parent.Path, e.Parent.describe(), by(&e.Parent))
}

// SpecialFileError says that a file is a socket, a pipe or a device, which an
// image cannot carry.
type SpecialFileError struct {
	Path string
	Mode fs.FileMode
}

func (e *SpecialFileError) Error() string {
	return fmt.Sprintf("%s: a %s has no place in an image", e.Path, kindName(e.Mode))
}

func kindName(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "regular file"
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symlink"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeCharDevice != 0:
		return "character device"
	case m&fs.ModeDevice != 0:
		return "block device"
	}
	return "file of unknown type"
}

// hasWhiteoutName tells whether an engine would take the last component of p
// for a deletion (OCI image specification, layer.md, "Whiteouts").
func hasWhiteoutName(p string) bool { return strings.HasPrefix(baseName(p), ".wh.") }
