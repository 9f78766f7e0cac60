package rootfs

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

var (
	errRelative = errors.New("not an absolute path")
	errDotDot   = errors.New(`".." has no place in a path of the image`)
	errNUL      = errors.New("a path cannot contain a NUL byte")
	errLongName = fmt.Errorf("a name of more than %d bytes cannot be unpacked", maxName)
	errLongPath = fmt.Errorf("a path of more than %d bytes cannot be opened", maxPath)
)

// Limits of the Linux kernel, in bytes (include/uapi/linux/limits.h): NAME_MAX,
// and PATH_MAX without the NUL that ends a path.
const (
	maxName = 255
	maxPath = 4095
)

// cleanPath folds "//", "/./" and trailing slashes of an absolute path. It refuses
// "..", whose meaning depends on the symlinks before it and which could lead out of
// the tree, and names and paths that are too long for a file system.
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
			if len(part) > maxName {
				return "", fmt.Errorf("%s: %w", shortened(p), errLongName)
			}
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	switch {
	case b.Len() > maxPath:
		return "", fmt.Errorf("%s: %w", shortened(p), errLongPath)
	case b.Len() == 0:
		return "/", nil
	}
	return b.String(), nil
}

// shortened quotes the beginning of a path that is too long for a message.
func shortened(p string) string {
	const shown = 80
	if len(p) <= shown {
		return fmt.Sprintf("%q", p)
	}
	return fmt.Sprintf("%q… (%d bytes)", p[:shown], len(p))
}

// validLinkname reports whether a symlink can have the text s (symlink(2)).
func validLinkname(s string) bool {
	return s != "" && len(s) <= maxPath && !strings.Contains(s, "\x00")
}

// join returns the path of base in the directory dir, both clean.
func join(dir, base string) string {
	if dir == "/" {
		return "/" + base
	}
	return dir + "/" + base
}

// parentOf returns the directory of the clean path p; that of "/" is "/".
func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	}
	return "/"
}

// baseName returns the last component of a clean path, "." for the top.
func baseName(p string) string {
	if p == "/" {
		return "."
	}
	return path.Base(p)
}
