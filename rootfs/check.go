package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// Dangling is a symlink of a copied tree that leads nowhere in the image.
type Dangling struct {
	Path   string // of the symlink
	Target string // its text
	// AtSource is set if the target exists where the tree was copied from, so
	// that copying it too would repair the link.
	AtSource bool
}

// Check returns everything that is wrong with the tree, joined: claims that
// contradict each other (*ConflictError) or name a path below a file, required
// files that are missing, not regular or not executable, and symlinks that lead
// nowhere. Symlinks in a copied tree may lead nowhere; Dangling lists those.
func (t *Tree) Check() error {
	s := t.settle()
	root := s.root()
	errs := append([]error(nil), s.errs...)
	for _, r := range t.requires {
		errs = append(errs, s.checkRequired(root, r))
	}
	for _, e := range s.entries {
		if e.Mode&fs.ModeSymlink != 0 && s.mayDangle[e.Path] == nil && s.dangles(root, e.Path) {
			err := fmt.Errorf("%s: a symlink to %s, which is not in the image (claimed by %s)", e.Path, e.Linkname, by(e))
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, s.verify())...)
}

// Dangling lists the symlinks of copied trees that lead nowhere in the image,
// sorted. Those that lead into /dev, /proc and /sys are left out: the engine
// provides these.
func (t *Tree) Dangling() []Dangling {
	s := t.settle()
	root := s.root()
	var out []Dangling
	for _, e := range s.entries {
		if c := s.mayDangle[e.Path]; c != nil && s.dangles(root, e.Path) {
			out = append(out, Dangling{e.Path, e.Linkname, c.atSource})
		}
	}
	return out
}

// dangles reports whether the symlink at path leads to nothing.
func (s *settled) dangles(root *sysroot.Root, path string) bool {
	_, err := root.Walk(path)
	return err != nil && !s.provided(path)
}

// provided reports whether path leads into what the container runtime mounts (OCI
// runtime specification, config-linux.md, "Default Filesystems").
func (s *settled) provided(path string) bool {
	at, err := s.places.follow(path)
	if err != nil {
		return false
	}
	for _, dir := range []string{"/dev", "/proc", "/sys"} {
		if at == dir || strings.HasPrefix(at, dir+"/") {
			return true
		}
	}
	return false
}

// checkRequired reports why a required path is not what Require asked for.
func (s *settled) checkRequired(root *sysroot.Root, r require) error {
	n, err := root.Walk(r.path)
	switch {
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("%s: not in the image%s, but required as %s", r.path, s.whereTo(r.path), r.why)
	case err != nil:
		return fmt.Errorf("%s: cannot be reached in the image, but required as %s: %w", r.path, r.why, sysroot.Errno(err))
	case !n.Info.Mode().IsRegular():
		return fmt.Errorf("%s: a %s in the image, but required as %s", r.path, kindName(n.Info.Mode()), r.why)
	case r.exec && n.Info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("%s: not executable (mode %s), but required as %s", r.path, octal(n.Info.Mode()), r.why)
	}
	return nil
}

// whereTo names the path that symlinks lead path to, if they do.
func (s *settled) whereTo(path string) string {
	at, err := s.places.follow(path)
	if err != nil || at == path {
		return ""
	}
	return " (symlinks lead to " + at + ")"
}

// verify checks the order that the writer relies on. It fails only if this
// package has a bug.
func (s *settled) verify() error {
	last := "/"
	for _, e := range s.entries {
		up := s.byPath[parentOf(e.Path)]
		clean, err := cleanPath(e.Path)
		switch {
		case err != nil || clean != e.Path || sysroot.ComparePaths(last, e.Path) >= 0:
			return s.broken(e, "out of order")
		case parentOf(e.Path) != "/" && (up == nil || !up.Mode.IsDir()) && len(s.errs) == 0:
			return s.broken(e, "without a parent directory")
		case e.Hardlink != "" && (s.byPath[e.Hardlink] == nil || sysroot.ComparePaths(e.Hardlink, e.Path) >= 0):
			return s.broken(e, "hard-linked to a later entry")
		}
		last = e.Path
	}
	return nil
}

// broken returns the error for a bug in this package, with the whole tree.
func (s *settled) broken(e *Entry, what string) error {
	var b strings.Builder
	for _, e := range s.entries {
		fmt.Fprintf(&b, "\n\t%s: %s", e.Path, e.describe())
	}
	return fmt.Errorf("%s: %s in the settled tree, which is a bug; the tree:%s", e.Path, what, &b)
}
