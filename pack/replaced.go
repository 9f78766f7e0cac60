package pack

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// checkDestinations returns an error for each --copy and --conf that would put a file in
// the place of a directory of the source.
func checkDestinations(sys system, f Files) error {
	var errs []error
	for _, c := range f.Copy {
		errs = append(errs, checkDestination(sys, "--copy", Conf{c.Src, c.Dst}))
	}
	for _, c := range f.Conf {
		errs = append(errs, checkDestination(sys, "--conf", c))
	}
	return errors.Join(errs...)
}

// checkDestination is checkDestinations for one value of a flag. Files that cannot be
// read have their error when they are added.
func checkDestination(sys system, flag string, c Conf) error {
	if c.Dst == "" || strings.HasSuffix(c.Dst, "/") {
		return nil
	}
	from, name := sys.File(c.Src)
	if isDir, ok := isDirectory(from, name); !ok || isDir {
		return nil
	}
	if isDir, _ := isDirectory(sys.Root, path.Clean(c.Dst)); !isDir {
		return nil
	}
	value := c.Src + ":" + c.Dst
	err := fmt.Errorf("%s %s: would replace the directory %s with a file", flag, value, c.Dst)
	return usererr.WithHint(err, "write "+flag+" "+quote.ShellWord(value+"/")+" to put the file into the directory")
}

// isDirectory reports whether name is a directory. ok is false if that is unknown.
func isDirectory(root *sysroot.Root, name string) (isDir, ok bool) {
	n, err := root.Walk(name)
	return err == nil && n.Info.IsDir(), err == nil
}
