// Package flaghint has hints for flags that are unknown or in the wrong place. It does
// not parse command lines. Start with Error.
package flaghint

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/quote"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// others are flags of docker run and docker build, which have another name here.
var others = map[string]string{
	"p":       "use --expose PORT; docker run -p publishes it",
	"port":    "use --expose PORT; an argument of the program goes after --",
	"publish": "use --expose PORT; docker run -p publishes it",
	"name":    "use -t NAME:TAG for the name of the image",
	"arch":    "use --platform linux/ARCH, or --sysroot DIR for programs of another architecture",
	"mount":   "use --volume PATH for a mount point, or --copy SRC:DST to add the files",
}

// Error returns the usage error for an error of the flag set, with the hint for the flag
// that was probably meant.
func Error(set *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var usage *usererr.UsageError
	switch {
	case errors.As(err, &invalid) && errors.As(invalid, &usage):
		return usage
	case errors.As(err, &invalid):
		return usererr.Usage(fmt.Sprintf("--%s: %v", invalid.GetFlag().Name, errors.Unwrap(err)), "")
	case errors.As(err, &unknown):
		return unknownFlag(set, unknown)
	}
	return usererr.Usage(err.Error(), "see mkrootfs --help")
}

// unknownFlag returns the usage error for a flag that does not exist.
func unknownFlag(set *pflag.FlagSet, e *pflag.NotExistError) error {
	name, dashes := strings.TrimPrefix(e.GetSpecifiedName(), "--"), "--"
	if e.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	flag := dashes + name
	hint := "arguments of the program go after --: mkrootfs PROGRAM -- " + quote.ShellWord(flag)
	if near := nearest.Typo(name, names(set)); near != "" && dashes == "--" {
		hint = "did you mean --" + near + "?"
	}
	if other := others[name]; other != "" {
		hint = other
	}
	return usererr.Usage("unknown flag "+flag, hint)
}

func names(set *pflag.FlagSet) (names []string) {
	set.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// common are flags that programs often have, too: after --, they are probably meant for
// the program. The other flags of mkrootfs are rare elsewhere. They are words of images
// (--expose, --entrypoint) or of this command (--with, --mkdir).
var common = map[string]bool{
	"user": true, "help": true, "version": true, "verbose": true, "quiet": true, "output": true, "print": true,
	"format": true, "env": true, "volume": true, "label": true, "author": true, "timestamp": true, "progress": true,
	"platform": true, "package": true, "lib": true, "tag": true, "completion": true, "load": true, "push": true,
	"insecure": true,
}

// AfterDash returns the flags of set among args, the arguments after "--", that were
// probably meant for mkrootfs: flags with a value by their full names, except those in
// common.
func AfterDash(set *pflag.FlagSet, args []string) (flags []string) {
	for i, arg := range args {
		long, isLong := strings.CutPrefix(arg, "--")
		name, _, hasValue := strings.Cut(long, "=")
		f := set.Lookup(name)
		if !isLong || f == nil || f.Value.Type() == "bool" || common[name] {
			continue
		}
		if hasValue || i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			flags = append(flags, "--"+name)
		}
	}
	return flags
}
