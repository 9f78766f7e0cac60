package pending

import (
	"os"
	"path/filepath"
)

// maxLinks is how many symlinks Target follows: MAXSYMLINKS of the Linux kernel
// (fs/namei.c).
const maxLinks = 40

// Target returns the path of the file that opening name for writing would create or
// overwrite: if name is a symlink, the path that it leads to, whether or not a file
// exists there. A rename to name would replace the symlink instead.
//
// Any other name is returned as it is. The result is also returned if its directory
// does not exist; in a cycle of symlinks it is one of them.
func Target(name string) string {
	at := name
	for range maxLinks {
		text, err := os.Readlink(at)
		if err != nil {
			break
		}
		at = readAt(at, text)
	}
	if at == name {
		return name
	}
	return filepath.Clean(at)
}

// readAt returns the path that text, the text of the symlink at name, stands for.
// Existing directories are resolved before ".." is removed from it, since "a/.." is
// not the directory of a if a is a symlink.
func readAt(name, text string) string {
	if !filepath.IsAbs(text) {
		dir, _ := filepath.Split(name)
		if real, err := filepath.EvalSymlinks(dir + "."); err == nil {
			dir = real + string(filepath.Separator)
		}
		text = dir + text
	}
	dir, base := filepath.Split(text)
	if base == "" || base == "." || base == ".." {
		return text // a directory
	}
	real, err := filepath.EvalSymlinks(dir + ".")
	if err != nil {
		return text
	}
	return filepath.Join(real, base)
}
