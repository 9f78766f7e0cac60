package rootfs

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errRelative = errors.New("not an absolute path")
	errDotDot   = errors.New(`".." has no place in a path of the image`)
	errNUL      = errors.New("a NUL byte has no place in a path")
)

// cleanPath folds "//", "/./" and trailing slashes of an absolute path. It
// refuses "..", since what that means depends on the symlinks before it, and so
// that nothing can ever leave the tree.
func cleanPath(p string) (string, error) {
	switch {
	case !strings.HasPrefix(p, "/"):
		return "", fmt.Errorf("%q: %w", p, errRelative)
	case strings.Contains(p, "\x00"):
		return "", fmt.Errorf("%q: %w", p, errNUL)
	}
	var b strings.Builder
	for part := range strings.SplitSeq(p, "/") {
		switch part {
		case "", ".":
		case "..":
			return "", fmt.Errorf("%q: %w", p, errDotDot)
		default:
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	if b.Len() == 0 {
		return "/", nil
	}
	return b.String(), nil
}

func validLinkname(s string) bool { return s != "" && !strings.Contains(s, "\x00") }

// join puts base into the directory dir, both clean.
func join(dir, base string) string {
	if dir == "/" {
		return "/" + base
	}
	return dir + "/" + base
}

// parentOf is the directory that the clean path p stands in; that of "/" is "/".
func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	}
	return "/"
}
