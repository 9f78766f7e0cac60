package pack

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/mkrootfs/mkrootfs/internal/flagvalue"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Files are the files to add to the programs.
type Files struct {
	// Conf are configuration files. CMD names the first one, unless the program looks for
	// it at its path.
	Conf []Conf `json:"conf,omitempty" yaml:"conf,omitempty"`
	// Copy are files and directory trees. The libraries of their ELF files are added.
	Copy []Copy `json:"copy,omitempty" yaml:"copy,omitempty"`
	// Mkdir are empty directories.
	Mkdir []Dir `json:"mkdir,omitempty" yaml:"mkdir,omitempty"`
	// Lib are shared objects, found as if the first program called dlopen(3).
	Lib []string `json:"lib,omitempty" yaml:"lib,omitempty"`
	// Package are installed packages. All their files are added except
	// documentation and translations.
	Package []string `json:"package,omitempty" yaml:"package,omitempty"`
}

// Conf is a configuration file.
type Conf struct {
	// Src is an absolute path in the source, or a path relative to Environment.Dir
	// on this machine.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image, or its directory if Dst ends in "/". "" is the path
	// that the program's string constants hold, else /etc/STEM/BASE: BASE is the last
	// element of Src, STEM is BASE without extension.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
}

// Copy is a file or a tree.
type Copy struct {
	// Src has the same form as Conf.Src.
	Src string `json:"src" yaml:"src"`
	// Dst is its path in the image, which must be absolute; "" is Src, which must be
	// absolute then.
	Dst string `json:"dst,omitempty" yaml:"dst,omitempty"`
	// Chown is the owner, NAME|UID[:GROUP|GID]; "" is 0:0.
	Chown string `json:"chown,omitempty" yaml:"chown,omitempty"`
	// Chmod is the mode in octal digits; "" keeps the mode of each file.
	Chmod string `json:"chmod,omitempty" yaml:"chmod,omitempty"`
}

// Dir is an empty directory.
type Dir struct {
	// Path is its path in the image, which must be absolute.
	Path string `json:"path" yaml:"path"`
	// Mode is in octal digits; "" is 0755.
	Mode string `json:"mode,omitempty" yaml:"mode,omitempty"`
	// Owner is NAME|UID[:GROUP|GID]; "" is 0:0.
	Owner string `json:"owner,omitempty" yaml:"owner,omitempty"`
}

// copyRequest is a Copy with its mode parsed.
type copyRequest struct {
	Copy
	mode *fs.FileMode // nil keeps the mode of each file
}

// dirRequest is a Dir with its mode parsed.
type dirRequest struct {
	Dir
	mode fs.FileMode
}

// parseFiles checks f and parses its modes. inSysroot is set if absolute paths are paths
// in a sysroot.
func parseFiles(f Files, inSysroot bool) (copies []copyRequest, dirs []dirRequest, err error) {
	for _, c := range f.Conf {
		if c.Src == "" {
			return nil, nil, usererr.Usage("--conf: the value is empty", "name a file: --conf FILE")
		}
	}
	for _, c := range f.Copy {
		if err := flagvalue.Copy(c).Check(inSysroot); err != nil {
			return nil, nil, err
		}
		one := copyRequest{Copy: c}
		if c.Chmod != "" {
			mode, err := parseMode(c.Chmod)
			if err != nil {
				return nil, nil, flagError("copy", err)
			}
			one.mode = &mode
		}
		copies = append(copies, one)
	}
	for _, d := range f.Mkdir {
		if !path.IsAbs(d.Path) {
			return nil, nil, flagError("mkdir", fmt.Errorf("%q is not an absolute path", d.Path))
		}
		one := dirRequest{Dir: d, mode: 0o755}
		if d.Mode != "" {
			if one.mode, err = parseMode(d.Mode); err != nil {
				return nil, nil, flagError("mkdir", err)
			}
		}
		dirs = append(dirs, one)
	}
	return copies, dirs, nil
}

// parseMode parses a numeric mode as of chmod(1), with set-id and sticky bits.
func parseMode(text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o7777 {
		return 0, fmt.Errorf("mode %q is not an octal number from 0 to 7777", text)
	}
	return rootfs.ModeOf(uint32(n)), nil
}
