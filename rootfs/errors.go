package rootfs

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// ConflictError reports that two claims of one path contradict each other.
type ConflictError struct {
	Path          string // the path that both claim
	First, Second Entry  // as claimed; their Path may be another, led here by a symlink
}

// Error names the path, the difference and both claims.
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

// by names the claimant, or else the entry.
func by(e *Entry) string {
	if e.Claim == nil {
		return "the entry " + e.Path
	}
	return e.Claim.String()
}

// ParentError reports a claim of a path below a file or symlink.
type ParentError struct {
	Parent, Below Entry // as claimed
}

// Error names both paths and claims.
func (e *ParentError) Error() string {
	return fmt.Sprintf("%s: claimed by %s below %s, which is %s by %s",
		e.Below.Path, by(&e.Below), e.Parent.Path, e.Parent.describe(), by(&e.Parent))
}

// SpecialFileError reports a file that is a socket, a pipe or a device, which an
// image cannot carry.
type SpecialFileError struct {
	Path string
	Mode fs.FileMode
}

// Error names the path and the type of the file.
func (e *SpecialFileError) Error() string {
	return fmt.Sprintf("%s: a %s cannot be packed", e.Path, kindName(e.Mode))
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

// hasWhiteoutName reports whether an engine would take the last component of p
// for a deletion (OCI image specification, layer.md, "Whiteouts").
func hasWhiteoutName(p string) bool { return strings.HasPrefix(baseName(p), ".wh.") }
