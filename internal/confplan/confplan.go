// Package confplan decides where the configuration files of a program go in an image, and
// with which arguments the program has to be started in a container.
//
// A file goes to the path that the string constants of the program hold, where the
// program looks for it without being told. Otherwise a table has the option that names
// the file, and the options that keep a program in the foreground (table.go). The package
// takes the strings and settings that others have read; of the source it reads only
// directories and a file of options. It adds nothing to an image. Its caveat: the options
// are those of the versions that the table names. Start with Place and Plan.
package confplan

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Conf is a value of --conf. Dst is "" if it is not given.
type Conf struct{ Src, Dst string }

// Placed is a configuration file with its path in the image.
type Placed struct {
	Src     string // as the user named it
	Path    string
	Default bool // the program reads it without an argument
}

// Files returns the file system and the absolute path of a file that a flag names: a
// relative name is one of this machine, an absolute name one of the source.
type Files func(name string) (*sysroot.Root, string)

// Program is a program that reads configuration files.
type Program struct {
	Names []string // its paths or names; the first one that the table has counts
	// Strings calls yield with the string constants of the program and of its own
	// libraries until yield returns false.
	Strings func(yield func([]byte) bool) error
	// Exists reports whether the source has a regular file at an absolute path.
	Exists func(name string) bool
}

// Place returns the path of each file: DST if it is given, else the path that the
// strings of the program hold, else /etc/<stem>/<base>. The error is that of p.Strings,
// which is not called for a program that is known not to look for a file.
func Place(p Program, confs []Conf) ([]Placed, error) {
	if len(confs) == 0 {
		return nil, nil
	}
	placed := make([]Placed, len(confs))
	for i, c := range confs {
		placed[i] = Placed{Src: c.Src, Path: destination(c)}
	}
	known := lookUp(p.Names)
	s := newSearch(p.Names, p.Exists)
	for _, at := range placed {
		s.want(path.Base(at.Path))
	}
	if known == nil || !known.noDefault && known.conf != noFile && known.conf != optionLines {
		if err := p.Strings(s.add); err != nil {
			return nil, err
		}
	}
	for i := range placed {
		at := &placed[i]
		place := s.place(path.Base(at.Path))
		if confs[i].Dst == "" && place != "" {
			at.Path = place
		}
		at.Default = at.Path == place
	}
	return placed, nil
}

// destination returns the path of a file by its name alone.
func destination(c Conf) string {
	switch {
	case c.Dst == "":
		return fallback(c.Src)
	case strings.HasSuffix(c.Dst, "/"):
		return path.Join(c.Dst, path.Base(c.Src))
	}
	return path.Clean(c.Dst)
}

// fallback returns /etc/<stem>/<base>, where stem is base without its last extension.
// For redis.conf it is /etc/redis/redis.conf.
func fallback(src string) string {
	base := path.Base(path.Clean("/" + src)) // never ".."
	stem := strings.TrimSuffix(base, path.Ext(base))
	if stem = strings.TrimLeft(stem, "."); stem == "" {
		stem = strings.TrimLeft(base, ".")
	}
	return path.Join("/etc", stem, base)
}

// ReadError returns the error for a --conf file that cannot be read.
func ReadError(src string, err error) error {
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	err = fmt.Errorf("%s: the --conf file cannot be read: %w", src, at.Err)
	switch {
	case errors.Is(at.Err, fs.ErrNotExist):
		return usererr.WithHint(err,
			"check the path: a relative path starts at the working directory; "+
				"use SRC:DST for another path in the image")
	case errors.Is(at.Err, syscall.EINVAL):
		err = fmt.Errorf("%s: the --conf file is not a regular file", src)
		return usererr.WithHint(err, "write its content to a file first")
	case at.Op == "install":
		return usererr.WithHint(err, "use --copy for a directory")
	}
	return err
}
