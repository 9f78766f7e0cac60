package main

import (
	"bufio"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/buildversion"
	"github.com/mkrootfs/mkrootfs/pack"
)

// The parts of --help other than the flags; docs/mkrootfs.1 has the same text.
const (
	synopsis    = "mkrootfs [flags] PROGRAM[:DEST]... [-- ARG...]"
	helpSummary = `mkrootfs packs a program of this machine, with the files that it needs to run,
into the smallest container image that works. It never runs the program.
`
	helpPrograms = `PROGRAM is a path, or a name that is looked up in PATH. The image runs the first
PROGRAM. A program below /bin /sbin /lib* /usr /opt keeps its path; any other
program goes to /usr/local/bin. PROGRAM:DEST puts a program at DEST.
`
	helpStatus = "Exit status: 0 done, 1 failed, 2 wrong usage.\n"
)

// helpExamples are the most common commands.
var helpExamples = []struct{ command, makes string }{
	{"mkrootfs redis-server", "rootfs.tar.gz"},
	{"mkrootfs redis-server --conf redis.conf -t redis:scratch", "and redis-scratch.tar, for docker load"},
	{"mkrootfs redis-server --conf redis.conf -t redis:scratch --load", "into the docker engine"},
}

// printHelp writes the output of --help=about.
func printHelp(about string, w io.Writer) error {
	b := bufio.NewWriter(w)
	switch about {
	case "flags":
		printFlagHelp(b)
	case "groups":
		printGroupHelp(b)
	default:
		return usage(fmt.Sprintf("--help=%s: must be flags or groups", about), "")
	}
	return b.Flush()
}

// printGroupHelp writes a line for each group of --with.
func printGroupHelp(w io.Writer) {
	fmt.Fprint(w, "Groups of run-time files for --with and --without:\n\n")
	for _, name := range pack.GroupNames() {
		fmt.Fprintf(w, "  %-13s %s\n", name, pack.GroupContents(name))
	}
	fmt.Fprint(w, `
--with auto, the default, adds the groups that the programs certainly need, if they are
small, and prints hints for others. It can be given with further groups:
--with auto,GROUP. --with GROUP adds a group to those of auto, and --with none,GROUP adds
no other group.
`)
}

// printFlagHelp writes the examples and all flags.
func printFlagHelp(b *bufio.Writer) {
	fmt.Fprint(b, helpSummary+"\n")
	for _, e := range helpExamples {
		fmt.Fprintf(b, "  %-65s %s\n", e.command, e.makes)
	}
	fmt.Fprintf(b, "\nUsage: %s\n\n%s", synopsis, helpPrograms)
	for _, g := range flagGroups(&request{}) {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		g.AddTo(set)
		fmt.Fprintf(b, "\n%s:\n%s", g.Title, set.FlagUsagesWrapped(100))
	}
	fmt.Fprint(b, "\n"+helpStatus)
}

// version is the version that the Makefile sets (-ldflags '-X main.version=…').
var version string

// printVersion writes the version of a released build, or the revision of another one.
func printVersion(w io.Writer) error {
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintln(w, "mkrootfs", buildversion.Text(version, info))
	return err
}

// printCompletion prints the completion script for a shell, which asks with --complete
// (see runCommand).
func printCompletion(c *cobra.Command, shell string, w io.Writer) error {
	var b strings.Builder
	var err error
	switch shell {
	case "bash":
		err = c.GenBashCompletionV2(&b, true)
	case "zsh":
		err = c.GenZshCompletion(&b)
	case "fish":
		err = c.GenFishCompletion(&b, true)
	case "powershell":
		err = c.GenPowerShellCompletionWithDesc(&b)
	default:
		err = usage(fmt.Sprintf("--completion %q: must be bash, zsh, fish or powershell", shell), "")
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.ReplaceAll(b.String(), " __complete", " --complete"))
	return err
}
