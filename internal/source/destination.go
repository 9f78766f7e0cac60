package source

import (
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// CheckDestination returns an error if flag SRC:DST would put a file in the place of a
// directory of the source. A file that cannot be read has its error when it is added.
func (s *Source) CheckDestination(flag, src, dst string) error {
	if dst == "" || strings.HasSuffix(dst, "/") {
		return nil
	}
	from, name := s.File(src)
	if isDir, ok := isDirectory(from, name); !ok || isDir {
		return nil
	}
	if isDir, _ := isDirectory(s.Root, path.Clean(dst)); !isDir {
		return nil
	}
	value := src + ":" + dst
	err := fmt.Errorf("%s %s: would replace the directory %s with a file", flag, value, dst)
	return usererr.WithHint(err, "write "+flag+" "+quote.ShellWord(value+"/")+" to put the file into the directory")
}

// isDirectory reports whether name is a directory. ok is false if that is unknown.
func isDirectory(root *sysroot.Root, name string) (isDir, ok bool) {
	n, err := root.Walk(name)
	return err == nil && n.Info.IsDir(), err == nil
}
