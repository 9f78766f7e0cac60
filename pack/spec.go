package pack

import (
	"fmt"
	"time"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/doctor"
	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Spec describes what goes into an image and how the image is configured. Each field
// corresponds to a flag of the command; the command's manual describes the form of
// the values. Programs is required. The zero value of every other field selects the
// default. What the process contributes is in Options, so a Spec can be stored as
// JSON or YAML.
type Spec struct {
	// Programs are the programs, each PROGRAM[:DEST]. The image runs the first one.
	Programs []string `json:"programs" yaml:"programs"`
	// Args follow the program in CMD.
	Args []string `json:"args,omitempty" yaml:"args,omitempty"`
	// Sysroot is the directory that is used as "/", the source of the files; "" is
	// the "/" of this machine.
	Sysroot string `json:"sysroot,omitempty" yaml:"sysroot,omitempty"`
	// LibraryPath is a list DIR[:DIR] of directories to search before those of
	// Environment.LibraryPath.
	LibraryPath string `json:"library_path,omitempty" yaml:"library_path,omitempty"`
	// Platform is OS/ARCH[/VARIANT]; "" takes it from the ELF header.
	Platform string `json:"platform,omitempty" yaml:"platform,omitempty"`
	// Timestamp is the time of all files and of the image, in seconds since 1970,
	// less than 1<<33. nil is 1: programs such as gzip and nsd take 0 for "no time".
	Timestamp *int64 `json:"timestamp,omitempty" yaml:"timestamp,omitempty"`

	Files  Files  `json:"files,omitzero" yaml:"files,omitempty"`
	Groups Groups `json:"groups,omitzero" yaml:"groups,omitempty"`
	// Dlopen selects the libraries to add that objects may dlopen: "none",
	// "declared", "suggested" or "hinted"; "" is declared.
	Dlopen string `json:"dlopen,omitempty" yaml:"dlopen,omitempty"`
	// Accounts are entries for passwd and group, NAME[:UID[:GID]], with the numbers of
	// the source unless given.
	Accounts []string `json:"accounts,omitempty" yaml:"accounts,omitempty"`
	Image    Image    `json:"image,omitzero" yaml:"image,omitempty"`
}

// request is a Spec with its values parsed. None of its names have been looked up.
type request struct {
	Spec
	depth    Depth
	copies   []copyRequest
	dirs     []dirRequest
	groups   doctor.Choice
	dlopen   doctor.Level
	accounts []owner.Account // without the numbers of the source
	config   image.Config    // the part that depends only on the Spec
}

// Check returns an error if values are malformed or contradict each other. Resolve
// makes the same checks first. Check does not look up any name.
func (s Spec) Check() error {
	_, err := parse(s, Complete)
	return err
}

// parse parses and checks s. Its errors are *usererr.UsageError and name the flags.
func parse(s Spec, depth Depth) (request, error) {
	r := request{Spec: s, depth: depth}
	switch {
	case len(s.Programs) == 0:
		return r, usererr.Usage("no program is named",
			"run mkrootfs PROGRAM to make rootfs.tar.gz; see mkrootfs --help")
	case s.Image.Cmd != nil && len(s.Args) > 0:
		return r, usererr.Usage("--cmd and -- ARG cannot be used together", "use only one of them")
	case r.depth < Complete || r.depth > Loaded:
		return r, fmt.Errorf("unknown depth %d", r.depth)
	case s.Timestamp != nil && (*s.Timestamp < 0 || *s.Timestamp >= 1<<33): // a tar header without extensions
		return r, usererr.Usage(fmt.Sprintf("--timestamp: %d is out of range", *s.Timestamp), "")
	}
	var err error
	if r.copies, r.dirs, err = parseFiles(s.Files, s.Sysroot != ""); err != nil {
		return r, err
	}
	if r.accounts, err = owner.ParseAccounts(s.Accounts); err != nil {
		return r, flagError("account", err)
	}
	if r.groups, err = parseGroups(s.Groups, len(s.Accounts) > 0); err != nil {
		return r, err
	}
	if r.dlopen, err = parseDlopen(s.Dlopen); err != nil {
		return r, err
	}
	if r.config, err = parseImage(s.Image); err != nil {
		return r, err
	}
	if s.Timestamp != nil { // else the default of packages rootfs and image
		r.config.Created = time.Unix(*s.Timestamp, 0).UTC()
	}
	if s.Platform != "" {
		r.config.Platform, err = dockerflag.ParsePlatform(s.Platform)
	}
	return r, flagError("platform", err)
}
