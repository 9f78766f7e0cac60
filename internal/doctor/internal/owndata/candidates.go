package owndata

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// maxNames is the maximum number of names that are looked up for one object. Programs
// have a few hundred.
const maxNames = 4096

// Candidates returns the names of files and directories of the source among the strings
// of an object, sorted. A string that is a format, such as "/usr/share/x/%s", names the
// directory before its first verb, and a list of paths, as for a variable, names all of
// them. A path below an unknown directory, such as "%s/x-data" or "/x.dat", is looked up in
// dirs, see Dirs. literals calls yield with each string.
func Candidates(root *sysroot.Root, dirs []string, literals func(yield func(string) bool) error) ([]string, error) {
	seen := map[string]bool{}
	var found []string
	var failed error
	err := literals(func(s string) bool {
		for _, part := range strings.FieldsFunc(s, isListSeparator) {
			for _, name := range dataPaths(part, dirs) {
				if seen[name] {
					continue
				}
				seen[name] = true
				isData, err := isNamedData(root, name)
				if isData {
					found = append(found, name)
				}
				failed = cmp.Or(failed, err)
			}
		}
		return failed == nil && len(seen) < maxNames
	})
	slices.Sort(found)
	return found, cmp.Or(failed, err)
}

// Dirs returns the directories in which an object may look for its data, other than
// those that it names: the usual ones, and those with its name. triplet is that of
// Debian's multiarch directories, "" if there is none.
func Dirs(root *sysroot.Root, object, triplet string) []string {
	dirs := []string{"/usr/share", "/usr/lib"}
	if strings.Contains(triplet, "-linux-") {
		dirs = append(dirs, "/usr/lib/"+triplet)
	}
	base, _, _ := strings.Cut(path.Base(object), ".so")
	for _, top := range append(slices.Clone(dirs), "/etc") {
		dir := path.Join(top, base)
		if n, err := root.Walk(dir); err == nil && n.Info.IsDir() {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// dataPaths returns the paths that a string may name.
func dataPaths(s string, dirs []string) []string {
	if name := dataPath(s); name != "" {
		return []string{name}
	}
	tail := strings.TrimPrefix(strings.TrimPrefix(s, "%s"), "/")
	if len(tail) < minTail || len(tail) == len(s) || strings.HasPrefix(tail, "usr/") {
		return nil
	}
	var names []string
	for _, dir := range append([]string{"/usr"}, dirs...) {
		if name := dataPath(path.Join(dir, tail)); name != "" && (dir != "/usr" || isBelowUsr(tail)) {
			names = append(names, name)
		}
	}
	return names
}

// minTail is the minimum length of a path below an unknown directory.
const minTail = 4

// isBelowUsr reports whether a relative path is one below an installation's prefix.
func isBelowUsr(tail string) bool {
	return strings.HasPrefix(tail, "share/") || strings.HasPrefix(tail, "lib/") || strings.HasPrefix(tail, "libexec/")
}

// isListSeparator reports whether c separates the paths in a list: ":" in most, ";" in
// those of Lua and others.
func isListSeparator(c rune) bool { return c == ':' || c == ';' }

// dataPath returns the path that a string names if it may be data, "" otherwise.
func dataPath(s string) string {
	if len(s) > maxPath || !path.IsAbs(s) {
		return ""
	}
	if i := strings.IndexAny(s, "%$*?{<\\"); i >= 0 {
		s = s[:strings.LastIndexByte(s[:i], '/')+1]
	}
	if strings.ContainsAny(s, " ,\"'()|&=") || strings.Contains(s, "//") {
		return "" // several paths, or a command
	}
	if s = path.Clean(s); !mayBeData(s) {
		return ""
	}
	return s
}

// maxPath is the maximum length of a path in bytes.
const maxPath = 256

// isNamedData reports whether name leads to a directory or a data file of the source. A
// program that is named in full is a helper, not data. It returns an error if that is
// unknown, because name could not be looked up.
func isNamedData(root *sysroot.Root, name string) (bool, error) {
	n, err := root.Walk(name)
	switch {
	case sysroot.IsAbsent(err) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ELOOP):
		return false, nil
	case err != nil:
		return false, err
	}
	return isPublic(n, "/") && (n.Info.IsDir() || n.Info.Mode()&0o111 == 0 || isLibrary(n.Real)), nil
}

// isShareable reports whether name leads to a directory or a regular file of the source
// that everybody may read. Others, such as private keys, are never taken without being
// named by the user.
func isShareable(root *sysroot.Root, name string) bool {
	n, err := root.Walk(name)
	return err == nil && isPublic(n, "/")
}

// isPublic reports whether n is a directory or regular file that everybody who reaches the
// directory from may reach and read. A set-id program is not: what it may do is up to its
// owner.
func isPublic(n *sysroot.Node, from string) bool {
	mode := n.Info.Mode()
	isFile := mode.IsRegular() && mode&(fs.ModeSetuid|fs.ModeSetgid) == 0
	return mode.Perm()&0o004 != 0 && (mode.IsDir() || isFile) && n.IsReachable(from)
}

// isLibrary reports whether name ends in ".so", with or without a version.
func isLibrary(name string) bool {
	return strings.HasSuffix(name, ".so") || strings.Contains(name, ".so.")
}
