package main

import (
	"bufio"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
)

const helpIntro = `mkrootfs packs a program of this machine, and what it needs to run, into the
smallest container image that works. It never runs the program.

  mkrootfs redis-server                                      rootfs.tar.gz
  mkrootfs redis-server --conf redis.conf -t redis:scratch   and redis-scratch.tar for docker load
  mkrootfs redis-server --conf redis.conf -t redis:scratch --load

Usage: mkrootfs [flags] PROGRAM[:DEST]... [-- ARG...]

PROGRAM is a name looked up in PATH, or a path; the first one is what the image
runs. One below /bin /sbin /lib* /usr /opt keeps its path, one from elsewhere
goes to /usr/local/bin, :DEST puts it where you say.
`

// printHelp writes the manual page: the flags in their groups.
func printHelp(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, helpIntro)
	for _, g := range flagGroups {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.SortFlags = false
		g.add(f, &options{})
		f.VisitAll(nameValue)
		fmt.Fprintf(b, "\n%s:\n%s", g.title, f.FlagUsagesWrapped(100))
	}
	fmt.Fprint(b, "\nExit status: 0 done, 1 failed, 2 wrong usage.\n")
	return b.Flush()
}

// nameValue takes the name of a flag's value, which stands at the end of its
// usage text between backquotes, out of the text: pflag would print it twice.
func nameValue(f *pflag.Flag) {
	text, name, ok := strings.Cut(f.Usage, " `")
	if !ok {
		return
	}
	f.Usage = text
	if f.DefValue != "" && f.DefValue != "0" {
		f.Usage += " (default " + f.DefValue + ")"
		f.DefValue = ""
	}
	f.Value = named{f.Value, strings.TrimSuffix(name, "`")}
}

// named is a value that help calls by another name than its type's.
type named struct {
	pflag.Value
	name string
}

func (v named) Type() string { return v.name }

// printVersion writes the version that the Go toolchain stamped.
func printVersion(w io.Writer) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(w, "mkrootfs", version)
	return err
}

// nearest returns the candidate that is fewest edits away from word, "" when
// none is near enough to have been meant.
func nearest(word string, candidates []string) string {
	best, distance := "", max(3, len(word)/2+1)
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}
