package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mkrootfs/mkrootfs/internal/nearest"
	"github.com/mkrootfs/mkrootfs/internal/source"
	"github.com/mkrootfs/mkrootfs/pack"
)

// newCommand returns the command, whose flags set the values of r.
func newCommand(r *request) *cobra.Command {
	c := &cobra.Command{
		Use:               synopsis,
		Short:             "turn a program into the smallest container image that runs it",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		ValidArgsFunction: completePrograms,
	}
	addFlags(c, r)
	for _, e := range exclusive {
		c.MarkFlagsMutuallyExclusive(e.one, e.other) // so that completion does not offer both
	}
	return c
}

// runCommand does what args ask for. Package cobra would take a program that is called
// __complete for a subcommand. So only what a shell asks for completion, which begins
// with --complete, is left to its dispatcher.
func runCommand(c *cobra.Command, r *request, args []string, u *ui) error {
	if len(args) > 0 && (args[0] == "--complete" || args[0] == "--completeNoDesc") {
		c.SetArgs(append([]string{"__" + args[0][2:]}, args[1:]...))
		return c.Execute()
	}
	if err := c.ParseFlags(args); err != nil {
		return flagError(c, err)
	}
	switch {
	case r.help:
		return printHelp(c.OutOrStdout())
	case r.version:
		return printVersion(c.OutOrStdout())
	case r.completion != "":
		return printCompletion(c, r.completion, c.OutOrStdout())
	}
	programs, programArgs := c.Flags().Args(), []string(nil)
	if dash := c.ArgsLenAtDash(); dash >= 0 {
		programs, programArgs = programs[:dash], programs[dash:]
	}
	complete, err := r.complete(programs, programArgs, c.InOrStdin())
	if err != nil {
		return err
	}
	u.verbosity = complete.verbosity
	return execute(c.Context(), complete, c.OutOrStdout(), u)
}

// addFlags adds all flags to c, which set the values of r.
func addFlags(c *cobra.Command, r *request) {
	c.Flags().SortFlags = false
	for _, g := range flagGroups(r) {
		g.AddTo(c.Flags())
		for _, f := range g.Flags {
			if f.Values != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, completeValues(f.Values)) // fails only for unknown flags
			}
		}
	}
}

// flagError returns the usage error for an error of package pflag, for an unknown flag
// with the nearest flag as a hint.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	const manual = "see mkrootfs --help"
	switch {
	case errors.As(err, &invalid):
		if pack.IsUsage(errors.Unwrap(err)) {
			return errors.Unwrap(err)
		}
		return usage(fmt.Sprintf("--%s: %v", invalid.GetFlag().Name, errors.Unwrap(err)), "")
	case !errors.As(err, &unknown):
		return usage(err.Error(), manual)
	case unknown.GetSpecifiedShortnames() != "":
		return usage("unknown flag -"+unknown.GetSpecifiedName(), manual)
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name, hint := unknown.GetSpecifiedName(), manual
	if near := nearest.Of(name, names); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage("unknown flag --"+strings.TrimPrefix(name, "--"), hint)
}

// completeValues returns a function that completes the value of a flag, or the last
// element of a comma-separated list.
func completeValues(values func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []string
		for _, v := range values() {
			if strings.HasPrefix(before+v, typed) {
				out = append(out, before+v)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completePrograms completes names with the programs in PATH, and paths with files.
func completePrograms(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(typed, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return source.ProgramNames(os.Getenv("PATH"), typed), cobra.ShellCompDirectiveDefault
}
